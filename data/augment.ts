// pad-crop-flip - the augmentation of CIFAR training.
//
//   y[r, c] = x[r + dy, flip ? width - 1 - c + dx : c + dx]     0 where that is outside the image
//
// dy, dx uniform on -pad … pad, flip true half the time: torchvision's RandomCrop(size, padding = pad), then
// RandomHorizontalFlip, on 8-bit pixels before normalisation. So the padding is black, not the mean.
// Reads and writes an image once.
import type { ImageSet } from "./image_set.ts";
import { hash32 } from "./random.ts";

/** Random changes to a training image. */
export interface Augment {
  /** Pixels of padding on each side, out of which a crop of the image's own size is taken. */
  pad: number;
  /** Whether half of the images are mirrored left to right. */
  flip: boolean;
}

/** What augmentation draws for one image. */
export interface Draw {
  /** Rows the image moves up. */
  dy: number;
  /** Columns it moves to the left. */
  dx: number;
  /** Whether it is mirrored. */
  flip: boolean;
}

/** The draw for an image: a function of its arguments only, so Workers and orders do not matter. */
export function drawAugment(augment: Augment, seed: number, view: number, index: number): Draw {
  const span = 2 * augment.pad + 1;
  const first = hash32(seed, view, index);
  const second = hash32(first, 1);
  return {
    dy: Math.floor(first / 2 ** 32 * span) - augment.pad,
    dx: Math.floor(second / 2 ** 32 * span) - augment.pad,
    flip: augment.flip && hash32(first, 2) >= 2 ** 31,
  };
}

/** Writes image `index` of the set, changed as drawn, to `out` from offset `at`. */
export function cropFlip(set: ImageSet, index: number, draw: Draw, out: Uint8Array, at: number): void {
  const { images, height, width, channels } = set;
  const row = width * channels;
  const start = index * height * row;
  const { dy, dx, flip } = draw;
  // Columns of the uncropped row that lie inside the image; the rest stays zero.
  const from = Math.max(0, -dx);
  const to = Math.min(width, width - dx);
  const step = flip ? -channels : channels;
  out.fill(0, at, at + height * row);
  for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
    let read = start + (y + dy) * row + (from + dx) * channels;
    let write = at + y * row + (flip ? width - 1 - from : from) * channels;
    for (let x = from; x < to; x++) {
      for (let c = 0; c < channels; c++) out[write + c] = images[read + c];
      read += channels;
      write += step;
    }
  }
}
