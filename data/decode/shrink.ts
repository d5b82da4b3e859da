// Large JPEGs, decoded at a half or a quarter of their size.
//
// The decoder rounds the shrunk size, so a pixel would stand for more or fewer pixels of the image than `shrink`. So the
// header is changed to a size in whole blocks of 8 x 8, all of which are in the file, and the rows and columns beyond
// the image are cut off here.
import type { Sharp } from "sharp";
import type { Pixels } from "../augment/pixels.ts";
import { resized, shorterSideSize } from "../augment/shorter_side.ts";
import type { JpegFrame } from "./header.ts";

/**
 * The factor by which a JPEG is decoded smaller. The decoded shorter side is still three times as long as asked for; with
 * less, hard edges and rough textures would be off by more than a grey level.
 */
export function shrinkOf({ height, width }: JpegFrame, shorter: number): 1 | 2 | 4 {
  const scale = Math.min(height, width) / shorter;
  return scale >= 24 ? 4 : scale >= 6 ? 2 : 1;
}

/** A copy of the file whose header gives the size in whole blocks. */
export function wholeBlocks(bytes: Uint8Array, { height, width, at }: JpegFrame): Uint8Array {
  const patched = new Uint8Array(bytes); // a copy; Buffer's own slice would share memory
  const view = new DataView(patched.buffer);
  view.setUint16(at, blocks(height) * 8);
  view.setUint16(at + 2, blocks(width) * 8);
  return patched;
}

/** Asks the decoder for the shrunk size of a file from {@linkcode wholeBlocks}. */
export function shrinkBlocks(image: Sharp, { height, width }: JpegFrame, shrink: number): void {
  image.resize(blocks(width) * 8 / shrink, blocks(height) * 8 / shrink, { fit: "fill", kernel: "linear" });
}

/** Cuts the decoded blocks to the image and resizes its shorter side as asked for. */
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
