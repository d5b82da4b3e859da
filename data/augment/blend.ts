// Operations that blend an image with a poorer version d of it:
//
//   y = clamp(d + factor (x - d))     truncated to 8 bits; factor 0 gives d, 1 the image, more goes beyond it
//
// d is black (brightness), the image's mean grey (contrast), the pixel's grey (saturation), the smoothed image
// (sharpness). Source: PIL.ImageEnhance, which torchvision's adjust_* call; it computes in float32, so does this.
import { copyOf, lookUp, luma, type Pixels, table } from "./pixels.ts";

const { fround } = Math;

/** Blends with black. */
export function brightness(image: Pixels, factor: number): void {
  lookUp(image, [blendTable(0, factor)]);
}

/** Blends with the rounded mean of the image's grey. */
export function contrast(image: Pixels, factor: number): void {
  const { data, channels } = image;
  let sum = 0;
  for (let i = 0; i < data.length; i += channels) {
    sum += channels === 3 ? luma(data[i], data[i + 1], data[i + 2]) : data[i];
  }
  lookUp(image, [blendTable(Math.floor(sum * channels / data.length + .5), factor)]);
}

/** Blends each pixel with its grey. Changes nothing in a grey image. */
export function saturation({ data, channels }: Pixels, factor: number): void {
  if (channels !== 3) return;
  const alpha = fround(factor);
  for (let d = -255; d <= 255; d++) STEPS[d + 255] = alpha * d; // rounded to float32 as it is stored
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i], g = data[i + 1], b = data[i + 2];
    const grey = luma(r, g, b), zero = 255 - grey;
    data[i] = clamp(fround(grey + STEPS[zero + r]));
    data[i + 1] = clamp(fround(grey + STEPS[zero + g]));
    data[i + 2] = clamp(fround(grey + STEPS[zero + b]));
  }
}

/** By difference to the grey, from -255 on. */
const STEPS = new Float32Array(511);

/** Each pixel's grey in all channels. */
export function grayscale(image: Pixels): void {
  saturation(image, 0);
}

/** Blends with the image smoothed by ((1 1 1) (1 5 1) (1 1 1)) / 13; the outermost pixels stay. */
export function sharpness(image: Pixels, factor: number): void {
  const { data, height, width, channels } = image;
  const source = copyOf(image);
  const alpha = fround(factor);
  const row = width * channels;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
      const above = source[i - row - channels] + source[i - row] + source[i - row + channels];
      const below = source[i + row - channels] + source[i + row] + source[i + row + channels];
      const sum = above + source[i - channels] + 5 * source[i] + source[i + channels] + below;
      data[i] = blend(Math.floor(sum / 13 + .5), source[i], alpha); // never a tie: 13 is odd
    }
  }
}

function blendTable(poor: number, factor: number): Uint8Array {
  const alpha = fround(factor);
  return table((v) => blend(poor, v, alpha));
}

function blend(poor: number, value: number, alpha: number): number {
  return clamp(fround(poor + fround(alpha * (value - poor))));
}

function clamp(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
}
