// Stands in until the decoder lands: replace the whole file.
import type { Pixels } from "../augment/pixels.ts";

/** An image file that is of no use; the message says why. */
export class ImageError extends Error {
  /** Always `ImageError`. */
  override readonly name: string = "ImageError";
}

/** Decodes an image to RGB. */
export async function decodeImage(
  bytes: Uint8Array,
  { shorter }: { shorter: number | null; maxPixels: number },
): Promise<Pixels> {
  const name = "sharp";
  const { default: sharp } = await import(name);
  try {
    let image = sharp(bytes).rotate().removeAlpha().toColourspace("srgb");
    if (shorter) image = image.resize({ width: shorter, height: shorter, fit: "outside", kernel: "linear" });
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    return { data, height: info.height, width: info.width, channels: 3 };
  } catch (error) {
    throw new ImageError((error as Error).message);
  }
}
