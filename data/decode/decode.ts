// Image files to 8-bit RGB, the shorter side made as long as asked.
//
// The pixels are those that PIL and torchvision make, to the bit: `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`,
// then `Resize(shorter)`. So profiles are left aside, an alpha channel is dropped and not blended with anything,
// CMYK is converted without a profile. Of 16 bits the upper 8 are taken, which PIL does for colour alone; of an
// animation the first frame, black where it is transparent. JPEGs six times as large as asked for are the exception:
// they are decoded shrunk, in half the time and less than a grey level off on average.
import type { Sharp, SharpOptions } from "sharp";
import type { Size } from "../augment/crop_flip.ts";
import type { Pixels } from "../augment/pixels.ts";
import { resized, shorterSideSize } from "../augment/shorter_side.ts";
import { rgbOfCmyk } from "./cmyk.ts";
import { formatOf, jpegFrame } from "./header.ts";
import { ImageError } from "./image_error.ts";
import { imageLibrary } from "./library.ts";
import { oriented } from "./orientation.ts";
import { shrinkBlocks, shrinkOf, shrunk, wholeBlocks } from "./shrink.ts";

/** How images are decoded. */
export interface DecodeOptions {
  /** Length of the shorter side in pixels, or null for the image's own. */
  shorter: number | null;
  /** Larger images, as their header has it, are refused before they are decoded; so are those that would become larger. */
  maxPixels: number;
}

/**
 * An image file's pixels, RGB.
 *
 * @throws {ImageError} when the bytes are no image that can be decoded whole, or one of more than `maxPixels`, by itself or at
 *   the size asked for.
 * @throws {Error} when the library of decoders cannot be loaded.
 */
export async function decodeImage(
  bytes: Uint8Array,
  { shorter, maxPixels }: DecodeOptions,
): Promise<Pixels> {
  const frame = formatOf(bytes) === "JPEG" ? jpegFrame(bytes) : null;
  if (frame) refuseLarge(frame, maxPixels);
  const sharp = await imageLibrary();
  const options: SharpOptions = {
    failOn: "error", // what PIL refuses, too; mere warnings are frequent in ImageNet
    ignoreIcc: true,
    limitInputPixels: maxPixels,
    sequentialRead: false, // whole images at once: faster by a fifth
  };
  const cmyk = frame?.components === 4;
  try {
    const shrink = frame && shorter !== null ? shrinkOf(frame, shorter) : 1;
    if (frame && shorter !== null && shrink > 1) {
      const { orientation = 1 } = await sharp(bytes, options).metadata();
      const image = sharp(wholeBlocks(bytes, frame), { ...options, limitInputPixels: false });
      shrinkBlocks(image, frame, shrink);
      return oriented(shrunk(await pixelsOf(image, cmyk), frame, shrink, shorter), orientation);
    }
    const whole = await pixelsOf(sharp(bytes, { ...options, autoOrient: true }), cmyk);
    if (shorter === null) return whole;
    refuseLong(whole, shorter, maxPixels);
    return resized(whole, shorterSideSize(whole, shorter));
  } catch (error) {
    throw await refusal(error, bytes, maxPixels);
  }
}

async function pixelsOf(image: Sharp, cmyk: boolean): Promise<Pixels> {
  if (cmyk) image.pipelineColourspace("cmyk").toColourspace("cmyk");
  else image.toColourspace("srgb").removeAlpha();
  const { data, info: { height, width, channels } } = await image.raw().toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { data: channels === 4 ? rgbOfCmyk(pixels) : pixels, height, width, channels: 3 };
}

function refuseLarge({ height, width }: Size, maxPixels: number): void {
  if (height * width <= maxPixels) return;
  throw new ImageError(
    `Cannot decode an image: it takes ${maxPixels} pixels at most, current ones are ${width} x ${height} = ` +
      `${width * height}: the image is far larger than what it is used for, or its header is damaged`,
  );
}

/** A strip of a few rows may become as large as memory when they are made many. */
function refuseLong(image: Size, shorter: number, maxPixels: number): void {
  const { height, width } = shorterSideSize(image, shorter);
  if (height * width <= maxPixels) return;
  throw new ImageError(
    `Cannot decode an image: it takes ${maxPixels} pixels at most, current ones would be ${width} x ${height} with a ` +
      `shorter side of ${shorter}: it has ${image.width} x ${image.height}, a strip rather than a picture`,
  );
}

/** The library's error in our words. */
async function refusal(error: unknown, bytes: Uint8Array, maxPixels: number): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof ImageError) return error;
  if (error.message.includes("exceeds pixel limit")) {
    try {
      const sharp = await imageLibrary();
      const { height = 0, width = 0 } = await sharp(bytes, { limitInputPixels: false }).metadata();
      refuseLarge({ height, width }, maxPixels);
    } catch (better) {
      return better;
    }
  }
  // What libvips says of it stands in one buffer for all threads, so it may be of another image.
  const what = `${bytes.length} bytes of a ${formatOf(bytes)} file`;
  return new ImageError(
    `Cannot decode an image: it takes a whole file, current ${what} are cut off or damaged`,
    { cause: error },
  );
}
