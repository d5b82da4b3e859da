// PBM, PGM and PPM, as text or in binary: `P1` to `P6`, width, height and, but for black and white, the largest value.
//
// Words are separated by white space, and `#` begins a comment to the end of the line. Values are scaled by the largest:
// what it stands for is 255. Source: Netpbm, "PPM Format Specification".
import type { Pixels } from "../../augment/pixels.ts";
import type { Size } from "../../augment/crop_flip.ts";

/** True for a file that begins like one of these. */
export function isPnm(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x50 && bytes[1] >= 0x31 && bytes[1] <= 0x36 && isSpace(bytes[2]);
}

/** Height and width by the header. @throws {SyntaxError} when it is cut off. */
export function pnmSize(bytes: Uint8Array): Size {
  const { height, width } = headerOf(bytes);
  return { height, width };
}

/** The pixels of the first image, RGB. @throws {SyntaxError} when they are not whole. */
export function decodePnm(bytes: Uint8Array): Pixels {
  const { kind, height, width, most, at } = headerOf(bytes);
  const channels = kind % 3 === 0 ? 3 : 1;
  const count = height * width * channels;
  const values = kind <= 3
    ? textValues(bytes, at, count, kind === 1)
    : kind === 4
    ? bitValues(bytes, at, height, width)
    : binaryValues(bytes, at, count, most);
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < data.length; i++) {
    const value = values[channels === 3 ? i : Math.floor(i / 3)];
    if (value > most) throw new SyntaxError(`a value is ${value}, above the largest, ${most}`);
    // In black and white 1 is black.
    data[i] = kind % 3 === 1 ? 255 * (1 - value) : most === 255 ? value : Math.round(value * 255 / most);
  }
  return { data, height, width, channels: 3 };
}

function headerOf(bytes: Uint8Array): Size & { kind: number; most: number; at: number } {
  const kind = bytes[1] - 0x30;
  const words = new Words(bytes, 2);
  const [width, height] = [words.next(), words.next()];
  const most = kind % 3 === 1 ? 1 : words.next();
  if (!(width > 0 && height > 0 && most > 0 && most < 65536)) {
    throw new SyntaxError(`its header says ${width} x ${height} pixels of values to ${most}`);
  }
  return { kind, width, height, most, at: words.at + 1 };
}

/** The numbers of a text. */
class Words {
  constructor(private readonly bytes: Uint8Array, public at: number) {}

  /** The next number. @param digit True if each digit is a number of its own. */
  next(digit = false): number {
    const { bytes } = this;
    for (;; this.at++) {
      if (bytes[this.at] === 0x23) { while (this.at < bytes.length && bytes[this.at] !== 0x0a) this.at++; }
      if (!isSpace(bytes[this.at])) break;
    }
    const start = this.at;
    let value = 0;
    while (bytes[this.at] >= 0x30 && bytes[this.at] <= 0x39 && this.at - start < (digit ? 1 : 10)) {
      value = 10 * value + bytes[this.at++] - 0x30;
    }
    if (this.at === start) {
      throw new SyntaxError(this.at >= bytes.length ? "it is cut off" : "a value is no number");
    }
    return value;
  }
}

function textValues(bytes: Uint8Array, at: number, count: number, digits: boolean): Uint16Array {
  if (bytes.length - at < count) throw new SyntaxError("it ends before its last value");
  const words = new Words(bytes, at - 1);
  return Uint16Array.from({ length: count }, () => words.next(digits));
}

function bitValues(bytes: Uint8Array, at: number, height: number, width: number): Uint16Array {
  const stride = Math.ceil(width / 8);
  if (bytes.length < at + stride * height) throw new SyntaxError("it ends before its last row");
  const values = new Uint16Array(height * width);
  for (let i = 0; i < values.length; i++) {
    const x = i % width;
    values[i] = bytes[at + stride * Math.floor(i / width) + (x >> 3)] >> (7 - (x & 7)) & 1;
  }
  return values;
}

function binaryValues(bytes: Uint8Array, at: number, count: number, most: number): Uint8Array | Uint16Array {
  const step = most > 255 ? 2 : 1;
  if (bytes.length < at + step * count) throw new SyntaxError("it ends before its last row");
  if (step === 1) return bytes.subarray(at, at + count);
  return Uint16Array.from({ length: count }, (_, i) => bytes[at + 2 * i] << 8 | bytes[at + 2 * i + 1]);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte >= 9 && byte <= 13;
}
