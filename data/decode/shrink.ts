// Large JPEGs, decoded at a half or a quarter of their size.
//
// The decoder rounds such a size, so that pixels would stand for more or fewer of the image's than `shrink`. So it is
// told that the image ends where its last blocks of 8 x 8 do, which are in the file whole, and what is more than the
// image is left out here.
import type { Sharp } from "sharp";
import type { Pixels } from "../augment/pixels.ts";
import { resized, shorterSideSize } from "../augment/shorter_side.ts";
import type { JpegFrame } from "./header.ts";

/**
 * How many times smaller a JPEG is decoded: a half leaves three times what is asked for, a quarter six times. With less,
 * hard edges and rough textures are further off than a grey level.
 */
export function shrinkOf({ height, width }: JpegFrame, shorter: number): 1 | 2 | 4 {
  const scale = Math.min(height, width) / shorter;
  return scale >= 24 ? 4 : scale >= 6 ? 2 : 1;
}

/** The file with whole blocks. */
export function wholeBlocks(bytes: Uint8Array, { height, width, at }: JpegFrame): Uint8Array {
  const patched = new Uint8Array(bytes); // a copy; Buffer's own slice would be none
  const view = new DataView(patched.buffer);
  view.setUint16(at, blocks(height) * 8);
  view.setUint16(at + 2, blocks(width) * 8);
  return patched;
}

/** Asks the decoder for the shrunk size of such a file. */
export function shrinkBlocks(image: Sharp, { height, width }: JpegFrame, shrink: number): void {
  image.resize(blocks(width) * 8 / shrink, blocks(height) * 8 / shrink, { fit: "fill", kernel: "linear" });
}

/** The image out of what was decoded so, its shorter side as asked for. */
export function shrunk(
  decoded: Pixels,
  { height, width }: JpegFrame,
  shrink: number,
  shorter: number,
): Pixels {
  const extent = { height: height / shrink, width: width / shrink };
  return resized(decoded, shorterSideSize({ height, width }, shorter), extent);
}

function blocks(length: number): number {
  return Math.ceil(length / 8);
}
