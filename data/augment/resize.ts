// resizedCrop - a part of an image, stretched over the whole image.
//
//   y[i] = sum_j w_ij x[j],   w_ij = max(0, 1 - |j + .5 - (i + .5) scale| / max(1, scale)), scaled to sum 1
//
// along the rows first, then along the columns: bilinear, antialiased where it shrinks. Weights in 22-bit fixed point,
// 8 bits in between. Source: PIL's Image.resize, torchvision's resized_crop.
import type { Draws } from "./draws.ts";
import { copyOf, type Pixels } from "./pixels.ts";

/** A part of an image. */
export interface Crop {
  top: number;
  left: number;
  height: number;
  width: number;
}

/**
 * Draws a part of an image: its share of the area uniform in `scale`, width over height log-uniform in `ratio`; the
 * largest part in the middle of a fitting ratio when ten draws do not fit. Source: torchvision's RandomResizedCrop.
 */
export function drawCrop(
  { height, width }: Pixels,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  draws: Draws,
): Crop {
  for (let i = 0; i < 10; i++) {
    const area = height * width * draws.uniform(...scale);
    const aspect = Math.exp(draws.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = Math.round(Math.sqrt(area * aspect));
    const h = Math.round(Math.sqrt(area / aspect));
    if (w < 1 || w > width || h < 1 || h > height) continue;
    return { top: draws.integer(height - h + 1), left: draws.integer(width - w + 1), height: h, width: w };
  }
  const w = Math.min(width, Math.round(height * ratio[1]));
  const h = Math.min(height, Math.round(width / ratio[0]));
  return { top: (height - h) >> 1, left: (width - w) >> 1, height: h, width: w };
}

/** Stretches a part of the image over the whole. */
export function resizedCrop(image: Pixels, crop: Crop): void {
  const { data, height, width, channels } = image;
  const source = copyOf(image);
  const row = width * channels;
  const between = new Uint8Array(crop.height * row);
  const start = crop.top * row + crop.left * channels;
  // Lines are [place along the axis, channel and all else]: strides of both, and how many lines there are.
  for (let y = 0; y < crop.height; y++) {
    stretch(source, start + y * row, between, y * row, channels, channels, crop.width, width);
  }
  stretch(between, 0, data, 0, row, row, crop.height, height);
}

/** Stretches `lines` neighbouring lines of `from` values, `step` apart, to `to` values. */
function stretch(
  source: Uint8Array,
  read: number,
  target: Uint8Array,
  write: number,
  step: number,
  lines: number,
  from: number,
  to: number,
): void {
  weightsOf(from, to).forEach(({ first, weights }, i) => {
    for (let line = 0; line < lines; line++) {
      let sum = 1 << 21;
      let at = read + first * step + line;
      for (const weight of weights) {
        sum += weight * source[at];
        at += step;
      }
      target[write + i * step + line] = sum >> 22; // the weights are at least 0 and sum to 1
    }
  });
}

interface Weights {
  first: number;
  weights: Int32Array;
}

const known = new Map<number, Weights[]>();

/** For each of `to` places the first of `from` places that it is made of, and their weights. */
function weightsOf(from: number, to: number): Weights[] {
  const key = from * 65536 + to;
  let found = known.get(key);
  if (!found) {
    const scale = from / to;
    const reach = Math.max(1, scale);
    found = Array.from({ length: to }, (_, i) => {
      const centre = (i + .5) * scale;
      const first = Math.max(0, Math.trunc(centre - reach + .5));
      const end = Math.min(from, Math.trunc(centre + reach + .5));
      const weights = Array.from(
        { length: end - first },
        (_, j) => Math.max(0, 1 - Math.abs((first + j - centre + .5) * (1 / reach))),
      );
      const sum = weights.reduce((a, b) => a + b, 0);
      return { first, weights: Int32Array.from(weights, (w) => Math.trunc(w / sum * 2 ** 22 + .5)) };
    });
    known.set(key, found);
  }
  return found;
}
