import { inChannels } from "../augment/channels.ts";
import { centreCrop } from "../augment/crop_flip.ts";
import type { Pixels } from "../augment/pixels.ts";
import { resized, shorterSideSize } from "../augment/shorter_side.ts";
import { decodeImage } from "../decode/mod.ts";

/** An image's pixels in 8 bits: grey, grey with alpha, RGB or RGBA. */
export interface RawImage {
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
  /** 1 to 4. */
  channels: number;
  /** [height, width, channels]. */
  data: Uint8Array | Uint8ClampedArray;
}

/** The images that a network takes. */
export interface ImageForm {
  /** Shorter side in pixels that an image is brought to before the crop; null: it stays as it is. */
  shorter: number | null;
  height: number;
  width: number;
  /** 1 for grey, 3 for RGB. */
  channels: number;
  /** Most pixels of an image. */
  maxPixels: number;
}

/**
 * An image as it is evaluated: resized, then its middle; the pixels that a Loader without augmentation delivers.
 *
 * @param image Pixels, or the bytes of a file.
 * @param out Gets the pixels, [height, width, channels].
 * @throws {ImageError} when bytes are not an image that can be decoded.
 * @throws {RangeError} when pixels do not fill their sizes, or the image would be too large when resized.
 */
export async function plainImage(
  image: RawImage | Uint8Array,
  form: ImageForm,
  out: Uint8Array,
): Promise<void> {
  const { shorter, height, width, channels, maxPixels } = form;
  const pixels = image instanceof Uint8Array
    ? await decodeImage(image, { shorter, maxPixels })
    : resizedTo(imageOf(image), shorter, maxPixels);
  centreCrop(inChannels(pixels, channels), { data: out, height, width, channels });
}

/** Pixels of a program as an image. @throws {RangeError} when they do not fill its sizes. */
export function imageOf({ width, height, channels, data }: RawImage): Pixels {
  const whole = [width, height, channels].every((size) => Number.isSafeInteger(size) && size >= 1);
  if (!whole || channels > 4 || data.length !== width * height * channels) {
    throw new RangeError(
      `Cannot take an image: it takes width x height x channels values, 1 to 4 channels, current are ${data.length} ` +
        `values for ${width} x ${height} x ${channels}`,
    );
  }
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), height, width, channels };
}

function resizedTo(image: Pixels, shorter: number | null, maxPixels: number): Pixels {
  if (shorter === null) return image;
  const size = shorterSideSize(image, shorter);
  if (size.height * size.width <= maxPixels) return resized(image, size);
  throw new RangeError(
    `Cannot take an image: it takes ${maxPixels} pixels at most, current ones would be ${size.width} x ${size.height} ` +
      `with a shorter side of ${shorter}: a strip rather than a picture`,
  );
}
