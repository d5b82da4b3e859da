import { centreCrop, cropFlip, drawCropFlip } from "./crop_flip.ts";
import type { Draws } from "./draws.ts";
import type { Pixels } from "./pixels.ts";
import { drawCrop, resizedCrop } from "./resize.ts";

/** A range to draw from, uniformly. */
export type Range = readonly [least: number, most: number];

/** The part of an image of any size that becomes the delivered image. */
export type Frame =
  /** The middle; the image as it is where it has the delivered size. */
  | { name: "centre-crop" }
  /** A random part of the image with black around it, mirrored half the time. */
  | { name: "crop-flip"; pad: number; flip: boolean }
  /** A part, `scale` of the image's area, width over height in `ratio`, stretched to the delivered size. */
  | { name: "random-resized-crop"; scale: Range; ratio: Range };

/** Makes the delivered image, in `target`, out of another. */
export function applyFrame(source: Pixels, target: Pixels, frame: Frame, draws: Draws): void {
  switch (frame.name) {
    case "centre-crop":
      return centreCrop(source, target);
    case "crop-flip":
      return cropFlip(source, target, drawCropFlip(source, target, frame.pad, frame.flip, draws));
    case "random-resized-crop":
      return resizedCrop(source, target, drawCrop(source, frame.scale, frame.ratio, draws));
  }
}
