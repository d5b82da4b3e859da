import type { Pixels } from "./pixels.ts";

/**
 * Blackens a square about a pixel, `length` wide, clipped at the image's border.
 *
 * Source: T. DeVries, G. Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017. Black
 * is the field's choice where it cuts before normalisation; cut after it, the square would have the mean colour.
 */
export function cutout(image: Pixels, y: number, x: number, length: number): void {
  const { data, height, width, channels } = image;
  const half = length >> 1;
  const from = Math.max(0, x - half), to = Math.min(width, x + half);
  for (let row = Math.max(0, y - half); row < Math.min(height, y + half); row++) {
    data.fill(0, (row * width + from) * channels, (row * width + to) * channels);
  }
}
