// cutout - black squares on an image.
//
//   y[r, c] = 0 where cy - length / 2 <= r < cy + length / 2 and the same for c and cx, whole halves; x elsewhere
//
// (cy, cx) is a uniform pixel, so a square may lie partly outside the image. Source: T. DeVries, G. Taylor, "Improved
// Regularization of Convolutional Neural Networks with Cutout", 2017. Black as where the field cuts before it
// normalises; cut after it, the square would have the mean colour.
import type { Draws } from "./draws.ts";
import type { Pixels } from "./pixels.ts";

/** Blackens a square about a pixel. */
export function cutout(image: Pixels, cy: number, cx: number, length: number): void {
  const { data, height, width, channels } = image;
  const half = length >> 1;
  const from = Math.max(0, cx - half), to = Math.min(width, cx + half);
  for (let row = Math.max(0, cy - half); row < Math.min(height, cy + half); row++) {
    data.fill(0, (row * width + from) * channels, (row * width + to) * channels);
  }
}

/** Blackens squares about pixels that it draws. */
export function randomCutout(image: Pixels, holes: number, length: number, draws: Draws): void {
  for (let hole = 0; hole < holes; hole++) {
    cutout(image, draws.integer(image.height), draws.integer(image.width), length);
  }
}
