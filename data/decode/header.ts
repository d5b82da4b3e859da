// Format and size of an image file by its first bytes, without decoding it.
import { ImageError } from "./image_error.ts";

/** Formats of image files that can be decoded. */
export type ImageFormat = "JPEG" | "PNG" | "WebP" | "GIF" | "TIFF" | "AVIF";

/** Format, offset and bytes (as Latin-1 text) of each signature. */
const SIGNATURES: readonly (readonly [ImageFormat, number, string])[] = [
  ["JPEG", 0, "\xff\xd8\xff"],
  ["PNG", 0, "\x89PNG\r\n\x1a\n"],
  ["WebP", 8, "WEBP"],
  ["GIF", 0, "GIF8"],
  ["TIFF", 0, "II*\0"],
  ["TIFF", 0, "MM\0*"],
  ["AVIF", 4, "ftypavif"],
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
  throw new ImageError(
    `Cannot decode an image: it takes JPEG, PNG, WebP, GIF, TIFF or AVIF, current ${likely(bytes)}`,
  );
}

/** Guesses the format of bytes that cannot be decoded, for the message. */
function likely(bytes: Uint8Array): string {
  if (bytes.length === 0) return "file is empty";
  const size = `${bytes.length} bytes`;
  if (startsWith(bytes, 0, "BM")) return `${size} are a BMP file: convert it to PNG`;
  if (startsWith(bytes, 4, "ftyp")) return `${size} are a HEIF file or a video: convert it to JPEG`;
  const head = bytes.subarray(0, 512);
  if (head.every((byte) => byte === 0)) return `${size} begin with zeros: the copy of the file was cut off`;
  const text = head.every((byte) => byte >= 32 && byte !== 127 || byte === 9 || byte === 10 || byte === 13);
  return text ? `${size} are text, whatever the file's name` : `${size} are none of them`;
}

function startsWith(bytes: Uint8Array, offset: number, signature: string): boolean {
  for (let i = 0; i < signature.length; i++) {
    if (bytes[offset + i] !== signature.charCodeAt(i)) return false;
  }
  return true;
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
