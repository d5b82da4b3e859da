// BMP, which the library of decoders does not read: 1 to 32 bits a pixel, without compression.
//
//   0 "BM" · 10 offset of the pixels · 14 bytes of the header that follows                u32, little-endian
//   18 width · 22 height, negative from the top down · 28 bits · 30 compression · 46 colours of the palette
//   54 masks of red, green and blue, where compression is 3 or 6
//
// Rows are from the bottom up and fill up to 4 bytes. OS/2's older header has 16 bits for width and height, and 3 bytes a
// colour of the palette. Source: Microsoft, "Bitmap Storage".
import type { Pixels } from "../../augment/pixels.ts";
import type { Size } from "../../augment/crop_flip.ts";

const OLD_HEADER = 12;

/** Facts of a header. */
interface Header extends Size {
  pixels: number;
  bits: number;
  topDown: boolean;
  /** Bytes of a row in the file. */
  stride: number;
  palette: { at: number; step: number; count: number };
  /** Bits of red, green and blue; null: a byte each. */
  masks: readonly number[] | null;
}

/** Height and width by the header. @throws {SyntaxError} when it is none that is read. */
export function bmpSize(bytes: Uint8Array): Size {
  const { height, width } = headerOf(bytes);
  return { height, width };
}

/** The pixels, RGB; a fourth channel is left out. @throws {SyntaxError} when they are not whole. */
export function decodeBmp(bytes: Uint8Array): Pixels {
  const header = headerOf(bytes);
  const { height, width, pixels, bits, topDown, stride } = header;
  if (bytes.length < pixels + stride * height) throw new SyntaxError("it ends before its last row");
  const data = new Uint8Array(height * width * 3);
  const colour = colourOf(bytes, header);
  for (let y = 0, write = 0; y < height; y++) {
    const row = pixels + stride * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++, write += 3) {
      if (bits === 24 || (bits === 32 && header.masks === null)) {
        const at = row + x * bits / 8;
        data[write] = bytes[at + 2];
        data[write + 1] = bytes[at + 1];
        data[write + 2] = bytes[at];
      } else data.set(colour(row, x), write);
    }
  }
  return { data, height, width, channels: 3 };
}

function headerOf(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 30) throw new SyntaxError("its header is cut off");
  const [pixels, size] = [view.getUint32(10, true), view.getUint32(14, true)];
  const old = size === OLD_HEADER;
  if (!old && (size < 40 || bytes.length < 14 + size)) {
    throw new SyntaxError("its header is of no known kind");
  }
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signed = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? 0 : view.getUint32(30, true);
  if (width <= 0 || signed === 0) throw new SyntaxError(`its header says ${width} x ${signed} pixels`);
  if (![1, 2, 4, 8, 16, 24, 32].includes(bits)) throw new SyntaxError(`its header says ${bits} bits a pixel`);
  const masked = compression === 3 || compression === 6;
  if (compression !== 0 && !(masked && bits >= 16)) {
    throw new SyntaxError("its pixels are compressed, which is not read: convert it to PNG");
  }
  const step = old ? 3 : 4;
  const at = 14 + size + (masked && size === 40 ? compression === 6 ? 16 : 12 : 0);
  const written = old ? 0 : view.getUint32(46, true);
  const room = Math.max(0, Math.floor((Math.min(pixels, bytes.length) - at) / step));
  const count = bits > 8 ? 0 : Math.min(written || 2 ** bits, 2 ** bits, room);
  if (masked && bytes.length < 66) throw new SyntaxError("its header is cut off");
  return {
    height: Math.abs(signed),
    width,
    pixels,
    bits,
    topDown: signed < 0,
    stride: Math.ceil(width * bits / 32) * 4,
    palette: { at, step, count },
    masks: masked
      ? [54, 58, 62].map((at) => view.getUint32(at, true))
      : bits === 16
      ? [0x7c00, 0x3e0, 0x1f]
      : null,
  };
}

/** A function that makes RGB of a pixel, by its row's place in the file and its column. */
function colourOf(bytes: Uint8Array, { bits, palette, masks }: Header): (row: number, x: number) => number[] {
  if (bits <= 8) {
    return (row, x) => {
      const bit = x * bits;
      const index = bytes[row + (bit >> 3)] >> (8 - bits - (bit & 7)) & (2 ** bits - 1);
      if (index >= palette.count) throw new SyntaxError(`a pixel has colour ${index} of ${palette.count}`);
      const at = palette.at + palette.step * index;
      return [bytes[at + 2], bytes[at + 1], bytes[at]];
    };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = (masks ?? []).map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { shift, most: mask >>> shift, mask };
  });
  return (row, x) => {
    const value = bits === 16 ? view.getUint16(row + 2 * x, true) : view.getUint32(row + 4 * x, true);
    return fields.map(({ mask, shift, most }) =>
      most === 0 ? 0 : Math.floor(((value & mask) >>> shift) * 255 / most)
    );
  };
}
