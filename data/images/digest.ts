import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ImageSet } from "./image_set.ts";

/**
 * A digest of all that decides the pixels and labels of a set, SHA-256 in hex. Files count by their names, sizes and
 * times of change, not by where they are.
 *
 * @example
 * ```ts
 * import { digestOf, newImageSet } from "everyclass/data";
 * console.log(digestOf(newImageSet(1, 2, 2, 1, ["cat"])).length); // 64 digits
 * ```
 */
export function digestOf(set: ImageSet): string {
  const hash = createHash("sha256").update(set.labels);
  const { height, width, channels } = set;
  hash.update(JSON.stringify([height, width, channels]));
  if (set.kind === "memory") return hash.update(set.images).digest("hex");
  hash.update(JSON.stringify([set.shorter, set.maxPixels]));
  if (set.ranges) hash.update(set.ranges);
  if (set.files.some((file) => DECODED_ANEW.test(file))) hash.update("2");
  let [last, facts] = ["", ""];
  for (const file of set.files) {
    if (file !== last) facts = factsOf(last = file);
    hash.update(facts);
  }
  return hash.digest("hex");
}

/** Files whose pixels differ from those of the version before, so that its results do not belong to these images. */
const DECODED_ANEW = /\.(gif|tiff?)$/i;

/** Name, size and time of change of a file; the name alone when the file is gone since it was found. */
function factsOf(file: string): string {
  try {
    const { size, mtime } = Deno.statSync(file);
    return JSON.stringify([basename(file), size, mtime?.getTime() ?? null]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return JSON.stringify([basename(file)]);
    throw error;
  }
}
