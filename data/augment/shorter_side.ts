import type { Size } from "./crop_flip.ts";
import type { Pixels } from "./pixels.ts";
import { resizedCrop } from "./resize.ts";

/**
 * The size of an image whose shorter side is made `shorter` long; the longer one is rounded down. Source:
 * torchvision's Resize.
 */
export function shorterSideSize({ height, width }: Size, shorter: number): Size {
  return height <= width
    ? { height: shorter, width: Math.floor(shorter * width / height) }
    : { height: Math.floor(shorter * height / width), width: shorter };
}

/**
 * A copy of the image in another size; the image itself where it has that size.
 *
 * @param extent Rows and columns of the image to use, all by default; may end within a pixel.
 */
export function resized(image: Pixels, { height, width }: Size, extent: Size = image): Pixels {
  const { channels } = image;
  if (image.height === height && image.width === width) return image;
  const target = { data: new Uint8Array(height * width * channels), height, width, channels };
  resizedCrop(image, target, { top: 0, left: 0, height: extent.height, width: extent.width });
  return target;
}
