// Image files to 8-bit RGB, the shorter side made as long as asked.
//
// The pixels are those that PIL and torchvision make, to the bit: `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`,
// then `Resize(shorter)`. So profiles are ignored, an alpha channel is dropped and not blended with anything,
// CMYK and CIELAB are converted without a profile. Of 16 bits the upper 8 are taken, which PIL does for colour alone; of an
// animation the first frame. What 8 bits would show black or white is scaled or refused, see depth.ts. JPEGs six times as
// large as asked for are the exception: they are decoded shrunk, in half the time and less than a grey level off on average.
import type { Metadata, Sharp, SharpOptions } from "sharp";
import type { Size } from "../augment/crop_flip.ts";
import type { Pixels } from "../augment/pixels.ts";
import { resized, shorterSideSize } from "../augment/shorter_side.ts";
import { rgbOfCmyk } from "./cmyk.ts";
import { floatPixels, isFloat, refuseUnscaled } from "./depth.ts";
import { bmpSize, decodeBmp } from "./formats/bmp.ts";
import { opaqueGif } from "./formats/gif.ts";
import { decodePnm, pnmSize } from "./formats/pnm.ts";
import { formatOf, type ImageFormat, isDeepPng, jpegFrame } from "./header.ts";
import { ImageError } from "./image_error.ts";
import { rgbOfLab } from "./lab.ts";
import { type ImageLibrary, imageLibrary } from "./library.ts";
import { oriented } from "./orientation.ts";
import { shrinkBlocks, shrinkOf, shrunk, wholeBlocks } from "./shrink.ts";
import { DECODE_SECONDS, withinTime } from "./time_limit.ts";
import { plainPixels } from "./turbojpeg.ts";

/** Options of {@linkcode decodeImage}. */
export interface DecodeOptions {
  /** Length of the shorter side in pixels, or null for the image's own. */
  shorter: number | null;
  /** Most pixels of an image by its header, and after resizing: larger images are refused before they are decoded. */
  maxPixels: number;
  /** File of libturbojpeg, which decodes plain JPEGs; null or absent: sharp decodes all. The pixels are the same. */
  jpegLibrary?: string | null;
}

/**
 * An image file's pixels, RGB.
 *
 * @throws {ImageError} when the bytes are not an image that can be decoded whole and in time, or the image has more than
 *   `maxPixels` pixels, by itself or at the size asked for.
 * @throws {Error} when the library of decoders cannot be loaded.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions): Promise<Pixels> {
  const format = formatOf(bytes);
  const sharp = await imageLibrary();
  return await withinTime(decode(bytes, format, options, sharp), describe(bytes, format));
}

/**
 * The first rows of a PNG's pixels, as {@linkcode decodeImage} has them at the image's own size; the rest is not unpacked.
 *
 * @returns Null where only the whole image tells: of other formats, of 16 bits, and of images that are turned.
 */
export async function topOfPng(bytes: Uint8Array, rows: number): Promise<Uint8Array | null> {
  if (formatOf(bytes) !== "PNG" || isDeepPng("PNG", bytes)) return null;
  const sharp = await imageLibrary();
  const image = () =>
    sharp(bytes, { failOn: "error", ignoreIcc: true, limitInputPixels: false, sequentialRead: true });
  const { width, height, orientation = 1 } = await image().metadata();
  if (orientation !== 1) return null;
  const top = image().extract({ left: 0, top: 0, width, height: Math.min(rows, height) });
  return (await withinTime(rawPixels(top, "srgb"), describe(bytes, "PNG"))).data;
}

async function decode(
  bytes: Uint8Array,
  format: ImageFormat,
  { shorter, maxPixels, jpegLibrary = null }: DecodeOptions,
  sharp: ImageLibrary,
): Promise<Pixels> {
  const own = format === "BMP" || format === "PNM" ? ownDecoder(format, bytes, maxPixels) : null;
  if (own) return sized(own, shorter, maxPixels);
  const frame = format === "JPEG" ? jpegFrame(bytes) : null;
  if (frame) refuseLarge(frame, maxPixels);
  const options: SharpOptions = {
    failOn: "error", // what PIL refuses, too; mere warnings are frequent in ImageNet
    ignoreIcc: true,
    limitInputPixels: maxPixels,
    sequentialRead: false, // whole images at once: faster by a fifth
  };
  const shrink = frame && shorter !== null ? shrinkOf(frame, shorter) : 1;
  const plain = frame && shrink === 1 && jpegLibrary !== null ? await plainPixels(bytes, jpegLibrary) : null;
  try {
    const space = frame?.components === 4 ? "cmyk" : "srgb";
    if (frame && shorter !== null && shrink > 1) {
      const { orientation = 1 } = await sharp(bytes, options).metadata();
      const image = sharp(wholeBlocks(bytes, frame), { ...options, limitInputPixels: false });
      shrinkBlocks(image, frame, shrink);
      return oriented(shrunk(await rawPixels(image, space), frame, shrink, shorter), orientation);
    }
    if (plain) {
      const { orientation = 1 } = plain.isTagged ? await sharp(bytes, options).metadata() : {};
      return sized(oriented(plain.pixels, orientation), shorter, maxPixels);
    }
    const facts = format === "TIFF" || isDeepPng(format, bytes)
      ? await sharp(bytes, options).metadata()
      : null;
    const image = sharp(format === "GIF" ? opaqueGif(bytes) : bytes, { ...options, autoOrient: true });
    if (facts && isFloat(facts)) return sized(await floatPixels(image, facts), shorter, maxPixels);
    const whole = await rawPixels(image, facts && refuseDeepLab(facts) ? "lab" : space);
    if (facts) await refuseUnscaled(whole, bytes, sharp, facts.depth);
    return sized(whole, shorter, maxPixels);
  } catch (error) {
    throw await refusal(error, bytes, maxPixels);
  }
}

/** Resizes an image to the shorter side that was asked for. */
function sized(image: Pixels, shorter: number | null, maxPixels: number): Pixels {
  if (shorter === null) return image;
  refuseLong(image, shorter, maxPixels);
  return resized(image, shorterSideSize(image, shorter));
}

/** Decodes an image of a format that the library does not read. @throws {ImageError} when it is not whole, or too large. */
function ownDecoder(format: "BMP" | "PNM", bytes: Uint8Array, maxPixels: number): Pixels {
  try {
    refuseLarge(format === "BMP" ? bmpSize(bytes) : pnmSize(bytes), maxPixels);
    return format === "BMP" ? decodeBmp(bytes) : decodePnm(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ImageError(
      `Cannot decode an image: it takes a whole file, current ${
        describe(bytes, format)
      } are not: ${error.message}`,
    );
  }
}

/** Colour spaces that are converted to RGB here, without a profile. */
const CONVERTED = { cmyk: rgbOfCmyk, lab: rgbOfLab };

/**
 * Decoded pixels of three channels. Alpha is removed here: the library hangs when it does so on CIELAB in
 * four bytes.
 */
async function rawPixels(image: Sharp, space: "srgb" | "cmyk" | "lab"): Promise<Pixels> {
  if (space !== "srgb") image.pipelineColourspace(space);
  image.toColourspace(space).timeout({ seconds: DECODE_SECONDS }); // heard between rows alone, so not our limit
  const { data, info: { height, width, channels } } = await image.raw().toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const rgb = space === "srgb" ? withoutAlpha(pixels, channels) : CONVERTED[space](pixels);
  return { data: rgb, height, width, channels: 3 };
}

/** The first three channels of each pixel. */
function withoutAlpha(pixels: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return pixels;
  const rgb = new Uint8Array(pixels.length / channels * 3);
  for (let read = 0, write = 0; read < pixels.length; read += channels) {
    rgb[write++] = pixels[read];
    rgb[write++] = pixels[read + 1];
    rgb[write++] = pixels[read + 2];
  }
  return rgb;
}

/** True for CIELAB in 8 bits. @throws {ImageError} for CIELAB of another kind, which comes out as noise. */
function refuseDeepLab({ space, depth }: Metadata): boolean {
  if (space === "lab" && depth === "uchar") return true;
  if (!space?.startsWith("lab")) return false;
  throw new ImageError(
    "Cannot decode an image: it takes CIELAB in 8 bits without alpha, current TIFF file has more: convert it to RGB",
  );
}

function refuseLarge({ height, width }: Size, maxPixels: number): void {
  if (height * width <= maxPixels) return;
  throw new ImageError(
    `Cannot decode an image: it takes ${maxPixels} pixels at most, current ones are ${width} x ${height} = ` +
      `${width * height}: the image is far larger than what it is used for, or its header is damaged`,
  );
}

/** Refuses an image whose longer side would become too long when the shorter side is stretched. */
function refuseLong(image: Size, shorter: number, maxPixels: number): void {
  const { height, width } = shorterSideSize(image, shorter);
  if (height * width <= maxPixels) return;
  throw new ImageError(
    `Cannot decode an image: it takes ${maxPixels} pixels at most, current ones would be ${width} x ${height} with a ` +
      `shorter side of ${shorter}: it has ${image.width} x ${image.height}, a strip rather than a picture`,
  );
}

/** The error to throw in place of the library's. */
async function refusal(error: unknown, bytes: Uint8Array, maxPixels: number): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof ImageError) return error;
  if (error.message.includes("exceeds pixel limit")) {
    try {
      const sharp = await imageLibrary();
      const { height = 0, width = 0 } = await sharp(bytes, { limitInputPixels: false }).metadata();
      refuseLarge({ height, width }, maxPixels);
    } catch (better) {
      if (better instanceof ImageError) return better; // else the header cannot be read: the file is damaged
    }
  }
  // libvips has one buffer of messages for all threads, so its message may be about another image.
  return new ImageError(
    `Cannot decode an image: it takes a whole file, current ${
      describe(bytes, formatOf(bytes))
    } are cut off or damaged`,
    { cause: error },
  );
}

function describe({ length }: Uint8Array, format: ImageFormat): string {
  return `${length} bytes of a ${format} file`;
}
