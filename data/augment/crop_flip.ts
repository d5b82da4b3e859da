// crop-flip - the augmentation of CIFAR training.
//
//   y[r, c] = x[r + dy, flip ? width - 1 - c + dx : c + dx]     0 where that is outside the image
//
// dy, dx uniform on -pad … pad, flip true half the time: torchvision's RandomCrop(size, padding = pad), then
// RandomHorizontalFlip, on 8-bit pixels before normalisation. So the padding is black, not the mean.
import type { Draws } from "./draws.ts";
import { copyOf, type Pixels } from "./pixels.ts";

/** Where an image moves. */
export interface CropFlip {
  /** Rows up. */
  dy: number;
  /** Columns to the left. */
  dx: number;
  /** Whether it is mirrored. */
  flip: boolean;
}

/** Draws where an image moves. */
export function drawCropFlip(pad: number, flip: boolean, draws: Draws): CropFlip {
  const dy = draws.integer(2 * pad + 1) - pad;
  const dx = draws.integer(2 * pad + 1) - pad;
  return { dy, dx, flip: flip && draws.chance(.5) };
}

/** Moves an image, mirrors it if so drawn. */
export function cropFlip(image: Pixels, { dy, dx, flip }: CropFlip): void {
  const { data, height, width, channels } = image;
  const source = copyOf(image);
  const row = width * channels;
  // Columns of the uncropped row that lie inside the image; the rest stays zero.
  const from = Math.max(0, -dx);
  const to = Math.min(width, width - dx);
  const step = flip ? -channels : channels;
  data.fill(0);
  for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
    let read = (y + dy) * row + (from + dx) * channels;
    let write = y * row + (flip ? width - 1 - from : from) * channels;
    for (let x = from; x < to; x++) {
      for (let c = 0; c < channels; c++) data[write + c] = source[read + c];
      read += channels;
      write += step;
    }
  }
}

/** Mirrors an image left to right. */
export function flip(image: Pixels): void {
  cropFlip(image, { dy: 0, dx: 0, flip: true });
}
