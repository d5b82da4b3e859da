import { decodeImage } from "../decode/mod.ts";
import { imageLibrary } from "../decode/library.ts";

/**
 * A small WebP file of an image file, upright and whole.
 *
 * @param side Length of the longer side in pixels; smaller images stay as they are.
 * @throws {ImageError} when the image cannot be decoded.
 */
export async function thumbnail(bytes: Uint8Array, side: number, maxPixels: number): Promise<Uint8Array> {
  const { data, height, width, channels } = await decodeImage(bytes, { shorter: null, maxPixels });
  const sharp = await imageLibrary();
  const raw = { height, width, channels: channels as 3 };
  // Small images are shown larger than they are, and would show what the compression loses.
  const lossless = Math.max(height, width) <= side;
  return await sharp(data, { raw })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp(lossless ? { lossless: true } : { quality: 75 })
    .toBuffer();
}
