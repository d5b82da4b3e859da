import { join } from "node:path";

/** Writes bytes for people: `1.4 GiB`. */
export function formatBytes(bytes: number): string {
  const unit = [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const;
  const [name, size] = unit.find(([, size]) => bytes >= 0.999 * size) ?? ["B", 1];
  return `${Number((bytes / size).toFixed(1)).toLocaleString("en")} ${name}`;
}

/** Adds up the bytes of all files in a folder and below; 0 where the folder is missing. */
export function bytesIn(folder: string): number {
  let bytes = 0;
  try {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      bytes += isDirectory ? bytesIn(path) : Deno.lstatSync(path).size;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return bytes;
}
