import type { Pixels } from "../../../data/augment/pixels.ts";

/** An image of its own for each number, 8 rows. */
export function imageOf(number: number): Pixels {
  const width = 8 + number % 3;
  return {
    data: Uint8Array.from({ length: 24 * width }, (_, i) => i * 3 + number * 41),
    height: 8,
    width,
    channels: 3,
  };
}
