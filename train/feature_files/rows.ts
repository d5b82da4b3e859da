import { MemoryRows } from "../features/memory.ts";
import { readArray } from "./array_file.ts";

/**
 * Reads features: [N, F], or several views of the same images [V, N, F].
 *
 * @param what Meaning of the features, for errors. @param views True where several views are taken.
 * @throws {Error} when the file cannot be read. @throws {RangeError} when it holds something else, or a number that is
 * not finite.
 */
export async function readFeatures(what: string, given: string, views: boolean): Promise<MemoryRows[]> {
  const { shape, data } = await readArray(what, given);
  const wrong = (current: string, remedy: string) =>
    new RangeError(
      `Cannot read the ${what} ${given}: it takes numbers [N, F]${
        views ? " or views [V, N, F]" : ""
      }, current are ` +
        `${current}: ${remedy}`,
    );
  if (!(data instanceof Float32Array)) throw wrong("whole numbers", "save features as floats");
  const [count, width] = shape.slice(-2);
  const stored = shape.length === 3 ? shape[0] : 1;
  if (shape.length !== 2 && !(views && shape.length === 3) || data.length === 0) {
    const remedy = shape.length === 4
      ? "take the mean over height and width, or what else the network hands to its classifier"
      : "a row holds the features of an image";
    throw wrong(`shape [${shape.join(", ")}]`, remedy);
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw wrong(`${data[bad]} in row ${Math.floor(bad / width) % count}`, "features have to be finite");
  }
  const size = count * width;
  return Array.from(
    { length: stored },
    (_, view) => new MemoryRows(width, data.subarray(view * size, (view + 1) * size)),
  );
}

/** The rows of a view at these places, copied. */
export function pickRows(rows: MemoryRows, places: Uint32Array): MemoryRows {
  const values = new Float32Array(places.length * rows.width);
  rows.gather(places, values);
  return new MemoryRows(rows.width, values);
}
