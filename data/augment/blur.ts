// gaussianBlur - a Gaussian, approximated by three box filters one after another, along each axis.
//
//   y[i] = sum_{|d| <= r} w x[i + d] + f (x[i - r - 1] + x[i + r + 1]),   (2 r + 1) w + 2 f = 1
//
// the box of length 1 / w, its ends falling between pixels; pixels beyond the image's edge are those at the edge.
// Source: PIL's GaussianBlur, after P. Gwosdek et al., "Theoretical Foundations of Gaussian Convolution by Extended Box
// Filtering", SSVM 2011; 24-bit weights, 8 bits in between.
import { copyOf, type Pixels } from "./pixels.ts";

const { fround } = Math;
const PASSES = 3;

/** Blurs each channel by a Gaussian of this standard deviation, in pixels. */
export function gaussianBlur(image: Pixels, sigma: number): void {
  const { data, height, width, channels } = image;
  const radius = boxRadius(sigma);
  if (radius === 0) return;
  for (let pass = 0; pass < PASSES; pass++) {
    const source = copyOf(image);
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < channels; c++) box(source, data, y * width * channels + c, channels, width, radius);
    }
  }
  for (let pass = 0; pass < PASSES; pass++) {
    const source = copyOf(image);
    for (let x = 0; x < width * channels; x++) box(source, data, x, width * channels, height, radius);
  }
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

/** Filters a line of `length` values, `step` apart, from `at` on. */
function box(
  source: Uint8Array,
  target: Uint8Array,
  at: number,
  step: number,
  length: number,
  radius: number,
): void {
  const whole = Math.trunc(radius);
  const weight = Math.trunc(fround(2 ** 24 / fround(radius * 2 + 1)));
  const end = Math.trunc((2 ** 24 - (whole * 2 + 1) * weight) / 2);
  const value = (i: number): number => source[at + Math.min(Math.max(i, 0), length - 1) * step];
  let sum = 0; // of the pixels that the box covers whole
  for (let d = -whole; d <= whole; d++) sum += value(d);
  for (let i = 0; i < length; i++) {
    const before = value(i - whole - 1), after = value(i + whole + 1);
    target[at + i * step] = (sum * weight + (before + after) * end + 2 ** 23) / 2 ** 24;
    sum += after - value(i - whole);
  }
}
