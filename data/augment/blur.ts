// gaussianBlur - a Gaussian, approximated by three box filters one after another, along each axis.
//
//   y[i] = sum_{|d| <= r} w x[i + d] + f (x[i - r - 1] + x[i + r + 1]),   (2 r + 1) w + 2 f = 1
//
// the box of length 1 / w, its ends falling between pixels; pixels beyond the image's edge are those at the edge.
// Source: PIL's GaussianBlur, after P. Gwosdek et al., "Theoretical Foundations of Gaussian Convolution by Extended Box
// Filtering", SSVM 2011; 24-bit weights, 8 bits in between.
import type { Pixels } from "./pixels.ts";

const { fround } = Math;
const PASSES = 3;

/** Blurs each channel by a Gaussian of this standard deviation, in pixels. */
export function gaussianBlur({ data, height, width, channels }: Pixels, sigma: number): void {
  const radius = boxRadius(sigma);
  if (radius === 0) return;
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    for (let c = 0; c < channels; c++) blurLine(data, y * row + c, channels, width, radius);
  }
  for (let x = 0; x < row; x++) blurLine(data, x, row, height, radius);
}

/**
 * Half the length, less a half, of a box that has this standard deviation after all passes. Each step in float32 as in
 * PIL: the weights are truncated, so that a last bit shows.
 */
function boxRadius(sigma: number): number {
  const variance = fround(fround(fround(sigma) * fround(sigma)) / PASSES);
  const length = fround(Math.sqrt(12 * variance + 1));
  const whole = Math.floor((length - 1) / 2);
  const over = fround((2 * whole + 1) * fround(whole * (whole + 1) - fround(3 * variance)));
  const under = fround(6 * fround(variance - (whole + 1) * (whole + 1)));
  return fround(whole + fround(over / under));
}

/** Copies of a line, one made from the other in turn, with as much of the edge on both sides as the box reaches. */
let lines = [new Uint8Array(0), new Uint8Array(0)];

/** Blurs a line of `length` values, `step` apart, from `at` on. */
function blurLine(data: Uint8Array, at: number, step: number, length: number, radius: number): void {
  const whole = Math.trunc(radius);
  const weight = Math.trunc(fround(2 ** 24 / fround(radius * 2 + 1)));
  const end = Math.trunc((2 ** 24 - (whole * 2 + 1) * weight) / 2);
  const first = whole + 1;
  if (lines[0].length < length + 2 * first) lines = lines.map(() => new Uint8Array(length + 2 * first));
  let [from, to] = lines;
  for (let i = 0; i < length; i++) from[first + i] = data[at + i * step];
  for (let pass = 0; pass < PASSES; pass++) {
    from.fill(from[first], 0, first);
    from.fill(from[first + length - 1], first + length, length + 2 * first);
    let sum = 0; // of the pixels that the box covers whole
    for (let i = 1; i < 2 * first; i++) sum += from[i];
    for (let i = 0; i < length; i++) {
      const before = from[i], after = from[i + 2 * first];
      to[first + i] = (sum * weight + (before + after) * end + 2 ** 23) >>> 24;
      sum += after - from[i + 1];
    }
    [from, to] = [to, from];
  }
  for (let i = 0; i < length; i++) data[at + i * step] = from[first + i];
}
