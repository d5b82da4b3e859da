import { encode } from "fast-png";
import { resized } from "../augment/shorter_side.ts";
import { imageLibrary } from "../decode/mod.ts";
import type { ImageSet } from "../images/image_set.ts";
import { imageReader } from "./image_reader.ts";

/** A small picture of an image, to be shown in a page. */
export interface Thumbnail {
  /** JPEG for an image in a file that was shrunk, PNG otherwise. */
  type: "image/png" | "image/jpeg";
  /** The encoded picture. */
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Makes a small picture of an image of a set, as it is without augmentation. Images in memory need no native library.
 *
 * @param index Place of the image in the set. @param side Most pixels of a side.
 * @returns null for a broken image.
 * @throws {RangeError} when the index is not below the count.
 * @throws {Error} when the library of encoders cannot be loaded.
 *
 * @example
 * ```ts
 * import { newImageSet, thumbnail } from "everyclass/data";
 * const picture = await thumbnail(newImageSet(1, 32, 32, 3, ["cat"]), 0);
 * console.log(picture?.type); // image/png
 * ```
 */
export async function thumbnail(set: ImageSet, index: number, side = 96): Promise<Thumbnail | null> {
  if (!(index >= 0 && index < set.count)) {
    throw new RangeError(
      `Cannot make a thumbnail: it takes an index below ${set.count}, current index is ${index}`,
    );
  }
  const image = await imageReader(set, false)(index);
  if ("cause" in image) return null;
  const { width, height } = image;
  const channels = image.channels as 1 | 3;
  const scale = Math.min(1, side / Math.max(width, height));
  if (scale < 1 && set.kind === "encoded") {
    const sharp = await imageLibrary();
    const small = sharp(Uint8Array.from(image.data), { raw: { width, height, channels } })
      .resize(side, side, { fit: "inside" }).jpeg({ quality: 75 });
    return { type: "image/jpeg", bytes: Uint8Array.from(await small.toBuffer()) };
  }
  const shrunk = (length: number) => Math.max(1, Math.round(scale * length));
  const small = resized(image, { height: shrunk(height), width: shrunk(width) });
  const bytes = encode({ ...small, data: Uint8Array.from(small.data), depth: 8 });
  return { type: "image/png", bytes: Uint8Array.from(bytes) };
}
