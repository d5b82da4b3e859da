// resizedCrop - a part of an image, stretched or shrunk to the target's size.
//
//   y[i] = sum_j w_ij x[j],   w_ij = max(0, 1 - |j + .5 - (i + .5) scale| / max(1, scale)), scaled to sum 1
//
// along the rows first, then along the columns: bilinear, antialiased where it shrinks. Weights in 22-bit fixed point,
// 8 bits in between. Source: PIL's Image.resize with BILINEAR, to the bit; torchvision's Resize and resized_crop call it.
import type { Size } from "./crop_flip.ts";
import type { Draws } from "./draws.ts";
import type { Pixels } from "./pixels.ts";
import { HALF, WEIGHT_BITS, type Weights, weightsOf } from "./weights.ts";

/** A part of an image; it may end within a pixel. */
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
  { height, width }: Size,
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

// Scratch memory, used again by the next call.
/** Rows between the two passes. */
let between = new Uint8Array(0);
/** Sums of a row. */
let sums = new Int32Array(0);

/** Stretches a part of an image over the whole target. Both may share memory: the source is read before. */
export function resizedCrop(source: Pixels, target: Pixels, { top, left, height, width }: Crop): void {
  const { channels } = source;
  const row = target.width * channels;
  const rows = Math.ceil(height), columns = Math.ceil(width);
  if (between.length < rows * row) between = new Uint8Array(rows * row);
  if (sums.length < row) sums = new Int32Array(row);
  const weights = weightsOf(width, target.width);
  const pass = channels !== 3 ? across : weights.taps === 3 ? acrossColourBy3 : acrossColour;
  for (let y = 0; y < rows; y++) {
    const start = ((top + y) * source.width + left) * channels;
    const from = source.data.subarray(start, start + columns * channels);
    pass(from, between.subarray(y * row, (y + 1) * row), weights, channels);
  }
  down(between, target.data, row, weightsOf(height, target.height));
}

/** Resizes a row of pixels. */
function across(from: Uint8Array, to: Uint8Array, { taps, first, weights }: Weights, channels: number): void {
  for (let i = 0, write = 0; i < first.length; i++) {
    const start = first[i] * channels;
    for (let c = start; c < start + channels; c++) {
      let sum = HALF;
      for (let tap = i * taps, read = c; tap < (i + 1) * taps; tap++, read += channels) {
        sum = sum + Math.imul(weights[tap], from[read]) | 0;
      }
      to[write++] = sum >> WEIGHT_BITS;
    }
  }
}

/** Resizes a row of RGB pixels. */
function acrossColour(from: Uint8Array, to: Uint8Array, { taps, first, weights }: Weights): void {
  for (let i = 0, tap = 0, write = 0; i < first.length; i++, write += 3) {
    let r = HALF, g = HALF, b = HALF;
    for (let read = first[i] * 3, end = read + taps * 3; read < end; tap++, read += 3) {
      const weight = weights[tap];
      r = r + Math.imul(weight, from[read]) | 0;
      g = g + Math.imul(weight, from[read + 1]) | 0;
      b = b + Math.imul(weight, from[read + 2]) | 0;
    }
    to[write] = r >> WEIGHT_BITS;
    to[write + 1] = g >> WEIGHT_BITS;
    to[write + 2] = b >> WEIGHT_BITS;
  }
}

/**
 * Resizes a row of RGB pixels by three taps, which enlarge it or shrink it up to 1.5 times: a third faster
 * than the loop.
 */
function acrossColourBy3(from: Uint8Array, to: Uint8Array, { first, weights }: Weights): void {
  for (let i = 0, j = 0; i < first.length; i++, j += 3) {
    const u = weights[j], v = weights[j + 1], w = weights[j + 2];
    const f = first[i] * 3;
    const r = Math.imul(u, from[f]) + Math.imul(v, from[f + 3]) + Math.imul(w, from[f + 6]);
    const g = Math.imul(u, from[f + 1]) + Math.imul(v, from[f + 4]) + Math.imul(w, from[f + 7]);
    const b = Math.imul(u, from[f + 2]) + Math.imul(v, from[f + 5]) + Math.imul(w, from[f + 8]);
    to[j] = r + HALF >> WEIGHT_BITS;
    to[j + 1] = g + HALF >> WEIGHT_BITS;
    to[j + 2] = b + HALF >> WEIGHT_BITS;
  }
}

/** Makes an output row as the weighted sum of the rows above and below. */
function down(from: Uint8Array, to: Uint8Array, row: number, { taps, first, weights }: Weights): void {
  for (let y = 0, tap = 0; y < first.length; y++) {
    const rowAt = (t: number): Uint8Array => from.subarray((first[y] + t) * row, (first[y] + t + 1) * row);
    const out = to.subarray(y * row, (y + 1) * row);
    if (taps === 3) { // twice as fast as what follows
      const u = weights[tap++], v = weights[tap++], w = weights[tap++];
      const above = rowAt(0), middle = rowAt(1), below = rowAt(2);
      for (let i = 0; i < row; i++) {
        const sum = Math.imul(u, above[i]) + Math.imul(v, middle[i]) + Math.imul(w, below[i]);
        out[i] = sum + HALF >> WEIGHT_BITS;
      }
      continue;
    }
    sums.fill(HALF, 0, row);
    for (let t = 0; t < taps; t++) {
      const weight = weights[tap++], line = rowAt(t);
      for (let i = 0; i < row; i++) sums[i] += Math.imul(weight, line[i]);
    }
    for (let i = 0; i < row; i++) out[i] = sums[i] >> WEIGHT_BITS;
  }
}
