import type { Pixels } from "../augment/pixels.ts";

/**
 * The image as it is to be seen. Source: Exif 2.3, tag Orientation.
 *
 * @param orientation 1 as it is, 2 mirrored left to right, 3 turned by half, 4 mirrored top to bottom; 5 to 8 the
 *   same with rows and columns changed first: 6 is turned clockwise by a quarter, 8 counter-clockwise.
 */
export function oriented(image: Pixels, orientation: number): Pixels {
  if (!(orientation >= 2 && orientation <= 8)) return image;
  const { data, channels } = image;
  const swap = orientation >= 5;
  const [height, width] = swap ? [image.width, image.height] : [image.height, image.width];
  const [mirrorX, mirrorY] = MIRRORS[orientation - 1];
  // Steps in the source for a column and a row of the result.
  const [right, down] = swap ? [image.width, 1] : [1, image.width];
  const out = new Uint8Array(data.length);
  for (let y = 0, write = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = (mirrorX ? width - 1 - x : x) * right + (mirrorY ? height - 1 - y : y) * down;
      for (let c = 0; c < channels; c++) out[write++] = data[pixel * channels + c];
    }
  }
  return { data: out, height, width, channels };
}

/** By orientation - 1: whether columns and rows of the result run backwards. */
const MIRRORS = [
  [false, false],
  [true, false],
  [true, true],
  [false, true],
  [false, false],
  [true, false],
  [true, true],
  [false, true],
] as const;
