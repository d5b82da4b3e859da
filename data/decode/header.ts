// Format and size of an image file by its first bytes, without decoding it.
import type { Size } from "../augment/crop_flip.ts";
import { bmpSize } from "./formats/bmp.ts";
import { isPnm, pnmSize } from "./formats/pnm.ts";
import { ImageError } from "./image_error.ts";

/** Formats of image files that can be decoded. */
export type ImageFormat = "JPEG" | "PNG" | "WebP" | "GIF" | "TIFF" | "AVIF" | "BMP" | "PNM";

/** Format, offset and bytes (as Latin-1 text) of each signature. */
const SIGNATURES: readonly (readonly [ImageFormat, number, string])[] = [
  ["JPEG", 0, "\xff\xd8\xff"],
  ["PNG", 0, "\x89PNG\r\n\x1a\n"],
  ["WebP", 8, "WEBP"],
  ["GIF", 0, "GIF8"],
  ["TIFF", 0, "II*\0"],
  ["TIFF", 0, "MM\0*"],
  ["TIFF", 0, "II+\0"],
  ["TIFF", 0, "MM\0+"],
  ["AVIF", 4, "ftypavif"],
  ["BMP", 0, "BM"],
];

/** Advice for photos of a telephone that are no JPEGs. */
export const HEIC_ADVICE = "convert them to JPEG, by heif-convert or on a Mac by sips -s format jpeg";

/** Formats that are not decoded, by their signatures. */
const OTHERS: readonly (readonly [words: string, offset: number, signature: string])[] = [
  [`a HEIC file: ${HEIC_ADVICE}`, 4, "ftyphei"],
  [`a HEIC file: ${HEIC_ADVICE}`, 4, "ftyphev"],
  [`a HEIC file: ${HEIC_ADVICE}`, 4, "ftypmif1"],
  [`a HEIC file: ${HEIC_ADVICE}`, 4, "ftypmsf1"],
  ["a video: take single images out of it", 4, "ftyp"],
  ["a JPEG 2000 file: convert it to PNG", 4, "jP  "],
  ["a JPEG 2000 file: convert it to PNG", 0, "\xff\x4f\xff\x51"],
  ["a JPEG XL file: convert it to PNG", 4, "JXL "],
  ["a JPEG XL file: convert it to PNG", 0, "\xff\x0a"],
  ["a Photoshop file: convert it to PNG", 0, "8BPS"],
  ["a DICOM file: convert it to PNG", 128, "DICM"],
  ["an icon: convert it to PNG", 0, "\0\0\x01\0"],
  ["a PDF file: convert its pages to PNG", 0, "%PDF"],
  ["a NumPy array: convert it to PNG", 0, "\x93NUMPY"],
  ["a zip file: unpack it", 0, "PK\x03\x04"],
  ["a gzip file: unpack it", 0, "\x1f\x8b"],
];

/**
 * The format of a file's bytes.
 *
 * @throws {ImageError} when the format cannot be decoded here.
 */
export function formatOf(bytes: Uint8Array): ImageFormat {
  for (const [format, offset, signature] of SIGNATURES) {
    if (startsWith(bytes, offset, signature)) return format;
  }
  if (isPnm(bytes)) return "PNM";
  if (isAlsoAvif(bytes)) return "AVIF";
  throw new ImageError(
    `Cannot decode an image: it takes JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PPM, PGM or PBM, current ${
      likely(bytes)
    }`,
  );
}

/** Guesses the format of bytes that cannot be decoded, for the message. */
function likely(bytes: Uint8Array): string {
  if (bytes.length === 0) return "file is empty";
  const size = `${bytes.length} bytes`;
  for (const [words, offset, signature] of OTHERS) {
    if (startsWith(bytes, offset, signature)) return `${size} are ${words}`;
  }
  const head = bytes.subarray(0, 512);
  if (head.every((byte) => byte === 0)) return `${size} begin with zeros: the copy of the file was cut off`;
  const text = head.every((byte) => byte >= 32 && byte !== 127 || byte === 9 || byte === 10 || byte === 13);
  return text ? `${size} are text, whatever the file's name` : `${size} are none of them`;
}

/** True for a file of the family of AVIF and HEIC that names AVIF among the kinds it is compatible with. */
function isAlsoAvif(bytes: Uint8Array): boolean {
  if (!startsWith(bytes, 4, "ftyp")) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  for (let at = 16; at + 4 <= Math.min(length, bytes.length, 256); at += 4) {
    if (startsWith(bytes, at, "avif")) return true;
  }
  return false;
}

/** True for a PNG of 16 bits a channel. */
export function isDeepPng(format: ImageFormat, bytes: Uint8Array): boolean {
  return format === "PNG" && bytes[24] === 16;
}

function startsWith(bytes: Uint8Array, offset: number, signature: string): boolean {
  for (let i = 0; i < signature.length; i++) {
    if (bytes[offset + i] !== signature.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Height and width as a file's first bytes have them, before an image is turned; null where they do not tell.
 *
 * Source: RFC 9649 for WebP.
 */
export function headerSize(format: ImageFormat, bytes: Uint8Array): Size | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case "JPEG":
      return jpegFrame(bytes);
    case "PNG":
      return { width: view.getUint32(16), height: view.getUint32(20) };
    case "GIF":
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    case "BMP":
      return bmpSize(bytes);
    case "PNM":
      return pnmSize(bytes);
    case "WebP":
      if (startsWith(bytes, 12, "VP8X")) {
        return {
          width: 1 + (view.getUint32(24, true) & 0xffffff),
          height: 1 + (view.getUint32(26, true) >>> 8),
        };
      }
      if (startsWith(bytes, 12, "VP8L")) {
        const sizes = view.getUint32(21, true);
        return { width: 1 + (sizes & 0x3fff), height: 1 + (sizes >>> 14 & 0x3fff) };
      }
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case "TIFF":
    case "AVIF":
      return null;
  }
}

/** The frame header of a JPEG. */
export interface JpegFrame {
  height: number;
  width: number;
  /** 1 grey, 3 colour, 4 CMYK. */
  components: number;
  /** Offset of the height in the file, a big-endian u16; the width follows. */
  at: number;
}

/** The frame header of a JPEG, null when the file has no frame header. Source: ITU-T T.81, B.2. */
export function jpegFrame(bytes: Uint8Array): JpegFrame | null {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1];
    if (marker === 0xff) { // a fill byte
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      const height = bytes[at + 5] << 8 | bytes[at + 6];
      const width = bytes[at + 7] << 8 | bytes[at + 8];
      return { height, width, components: bytes[at + 9], at: at + 5 };
    }
    if (marker === 0xda || marker === 0xd9) return null; // the scan or the end, and no frame before it
    at += 2 + (bytes[at + 2] << 8 | bytes[at + 3]);
  }
  return null;
}
