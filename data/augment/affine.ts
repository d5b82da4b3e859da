// Affine transforms about the image's place on the plane, pixel centres at halves:
//
//   y[r, c] = x at column m0 (c + .5) + m1 (r + .5) + m2, row m3 (c + .5) + m4 (r + .5) + m5     fill outside the image
//
// Source: PIL's Image.transform and Image.rotate, whose nearest and bicubic resampling these are, to the bit.
import { copyOf, type Pixels } from "./pixels.ts";

/** m0 … m5 of the formula above, which map places of the new image to places of the old image. */
type Matrix = readonly [number, number, number, number, number, number];

/** Moves the image `dx` columns to the left and `dy` rows up, rounded to whole pixels. */
export function translate(image: Pixels, dx: number, dy: number, fill: number): void {
  nearest(image, [1, 0, dx, 0, 1, dy], fill);
}

/** Turns the image counter-clockwise about its centre, nearest pixel. */
export function rotate(image: Pixels, degrees: number, fill: number): void {
  const { height, width } = image;
  const sin = Math.sin(degrees * Math.PI / 180), cos = Math.cos(degrees * Math.PI / 180);
  const x = width / 2, y = height / 2;
  nearest(image, [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y], fill);
}

/** Row r moves `x (r + .5)` columns to the left, column c `y (c + .5)` rows up; bicubic. */
export function shear(image: Pixels, x: number, y: number, fill: number): void {
  bicubic(image, [1, x, 0, y, 1, 0], fill);
}

/** In 16-bit fixed point, as PIL has it: it rounds the steps from pixel to pixel, not the positions. */
function nearest(image: Pixels, [m0, m1, m2, m3, m4, m5]: Matrix, fill: number): void {
  const { data, height, width, channels } = image;
  const source = copyOf(image);
  const fixed = (value: number): number => Math.floor(value * 65536 + .5);
  const [right0, right3, down1, down4] = [fixed(m0), fixed(m3), fixed(m1), fixed(m4)];
  const left = fixed(m2 + m0 * .5 + m1 * .5);
  const top = fixed(m5 + m3 * .5 + m4 * .5);
  let at = 0;
  for (let r = 0; r < height; r++) {
    let column = left + r * down1;
    let row = top + r * down4;
    for (let c = 0; c < width; c++, column += right0, row += right3) {
      const x = column >> 16, y = row >> 16;
      const inside = x >= 0 && x < width && y >= 0 && y < height;
      const from = (y * width + x) * channels;
      for (let k = 0; k < channels; k++) data[at++] = inside ? source[from + k] : fill;
    }
  }
}

function bicubic(image: Pixels, [m0, m1, m2, m3, m4, m5]: Matrix, fill: number): void {
  const { data, height, width, channels } = image;
  const source = copyOf(image);
  const column = (x: number): number => Math.min(Math.max(x, 0), width - 1) * channels;
  const row = (y: number): number => Math.min(Math.max(y, 0), height - 1) * width * channels;
  let at = 0;
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++, at += channels) {
      const x = m0 * (c + .5) + m1 * (r + .5) + m2;
      const y = m3 * (c + .5) + m4 * (r + .5) + m5;
      if (x < 0 || x >= width || y < 0 || y >= height) {
        data.fill(fill, at, at + channels);
        continue;
      }
      const left = Math.floor(x - .5), top = Math.floor(y - .5);
      const dx = x - .5 - left, dy = y - .5 - top;
      const x0 = column(left - 1), x1 = column(left), x2 = column(left + 1), x3 = column(left + 2);
      const y0 = row(top - 1), y1 = row(top), y2 = row(top + 1), y3 = row(top + 2);
      for (let k = 0; k < channels; k++) {
        const v0 = cubic(
          source[y0 + x0 + k],
          source[y0 + x1 + k],
          source[y0 + x2 + k],
          source[y0 + x3 + k],
          dx,
        );
        const v1 = cubic(
          source[y1 + x0 + k],
          source[y1 + x1 + k],
          source[y1 + x2 + k],
          source[y1 + x3 + k],
          dx,
        );
        const v2 = cubic(
          source[y2 + x0 + k],
          source[y2 + x1 + k],
          source[y2 + x2 + k],
          source[y2 + x3 + k],
          dx,
        );
        const v3 = cubic(
          source[y3 + x0 + k],
          source[y3 + x1 + k],
          source[y3 + x2 + k],
          source[y3 + x3 + k],
          dx,
        );
        const value = cubic(v0, v1, v2, v3, dy);
        data[at + k] = value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
      }
    }
  }
}

/** The cubic of slope parameter -1 through v1 at d = 0 and v2 at d = 1. */
function cubic(v0: number, v1: number, v2: number, v3: number, d: number): number {
  return v1 + d * (v2 - v0 + d * (2 * (v0 - v1) + v2 - v3 + d * (v1 - v0 - v2 + v3)));
}
