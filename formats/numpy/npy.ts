// NumPy's .npy files, versions 1 to 3: the header is the text of a Python dictionary, then the numbers follow.
//
//   "\x93NUMPY" · version u8, u8 · length of the header u16 (version 1) or u32 (2 and 3), little-endian · the header
//   { 'descr': '<f4', 'fortran_order': False, 'shape': (10847, 64), } and spaces up to a newline · the numbers
//
// npyjs and numpy-parser of npm neither check lengths nor put Fortran order right.
import { DType, NdArray } from "../pickle/mod.ts";
import { CheckpointError } from "../tensors/checkpoint_error.ts";
import { decode, type StoredType } from "../tensors/elements.ts";
import type { RawTensor } from "../tensors/raw_tensor.ts";
import { rowMajor } from "./row_major.ts";

const MAGIC = "\x93NUMPY";

/** The limit of NumPy's own reader; a longer header is an attack, or describes fields of records. */
const MAX_HEADER = 10_000;

/**
 * An entry of the header and the comma behind the entry, which the last entry may lack. The sizes of a shape have commas
 * between them, and Python 2's end with L.
 */
const ENTRY =
  /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(?:(['"])([^'"]*)\3|(True|False)|\(\s*((?:\d+L?\s*(?:,\s*|(?=\))))*)\))\s*(?:,|(?=\}))\s*/y;

const storedTypes: Readonly<Record<string, StoredType>> = {
  ...{ f8: "f64", f4: "f32", f2: "f16", b1: "bool" },
  ...{ i8: "i64", i4: "i32", i2: "i16", i1: "i8" },
  ...{ u8: "u64", u4: "u32", u2: "u16", u1: "u8" },
};

/**
 * Tells whether a file begins as a .npy file does.
 *
 * @example
 * ```ts
 * import { isNpy, writeNpy } from "everyclass/formats";
 * console.log(isNpy(writeNpy({ shape: [1], dtype: "f32", data: Float32Array.of(0.5) }))); // true
 * ```
 */
export function isNpy(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * Reads an array of numbers as `numpy.save` writes it, in either byte order, in row-major (C) or Fortran order.
 *
 * @param name Name of the array, for errors. @returns The array in row-major order.
 * @throws {CheckpointError} when the file is cut short, damaged or longer than its array, has another version, or holds
 * texts, records, complex numbers or Python objects.
 *
 * @example
 * ```ts
 * import { parseNpy, writeNpy } from "everyclass/formats";
 * const { shape, data } = parseNpy(writeNpy({ shape: [1, 2], dtype: "f32", data: Float32Array.of(0.5, 2) }));
 * console.log(shape, data); // [1, 2] and the numbers
 * ```
 */
export function parseNpy(bytes: Uint8Array, name = "the array"): RawTensor {
  const { header, start } = split(bytes);
  const { descr, fortran_order: order, shape } = entriesOf(header);
  try {
    const array = NdArray.from(
      bytes.subarray(start),
      new DType(descr),
      shape.split(",").filter((size) => size.trim() !== "").map((size) => parseInt(size)),
      order === "True" ? "F" : "C",
    );
    const stored = storedTypes[array.dtype.code];
    if (!stored) throw new SyntaxError(`Cannot read the NumPy array: it takes numbers, current is ${descr}`);
    const tensor = decode(array.bytes, stored, array.shape, name, array.dtype.bigEndian);
    return array.fortranOrder ? rowMajor(tensor) : tensor;
  } catch (error) {
    if (error instanceof SyntaxError) throw new CheckpointError(error.message, { cause: error });
    throw error;
  }
}

/** The text of the header, and where the numbers begin. */
function split(bytes: Uint8Array): { header: string; start: number } {
  if (!isNpy(bytes)) throw damaged("a file that begins with \\x93NUMPY", "another one", "it is no .npy file");
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0) {
    throw damaged("version 1.0, 2.0 or 3.0", `${major}.${minor}`, "the file is damaged, or of a later NumPy");
  }
  const begin = major === 1 ? 10 : 12;
  if (bytes.length < begin) {
    throw damaged(`${begin} bytes or more`, `${bytes.length}`, "the file is cut short");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const room = Math.min(MAX_HEADER, bytes.length - begin);
  if (length > room) {
    throw damaged(`a header of ${room} bytes at most`, `${length}`, "the file is cut short or damaged");
  }
  const header = new TextDecoder().decode(bytes.subarray(begin, begin + length));
  return { header, start: begin + length };
}

/** Reads the header's entries, each once and all three. */
function entriesOf(header: string): Record<"descr" | "fortran_order" | "shape", string> {
  const entries = new Map<string, string>();
  let at = header.startsWith("{") ? 1 : -1;
  for (ENTRY.lastIndex = at; at > 0 && header[at] !== "}"; at = ENTRY.lastIndex) {
    const [, , key, , text, truth, sizes] = ENTRY.exec(header) ?? [];
    const values: Record<string, string | undefined> = { descr: text, fortran_order: truth, shape: sizes };
    const value = values[key];
    if (value === undefined || entries.has(key)) break;
    entries.set(key, value);
  }
  const { descr, fortran_order, shape } = Object.fromEntries(entries);
  if (entries.size === 3 && /^\}\s*$/.test(header.slice(at))) return { descr, fortran_order, shape };
  throw damaged(
    "a header with descr, fortran_order and shape of an array of numbers",
    JSON.stringify(header.trim().slice(0, 120)),
    "records and other dictionaries are no arrays of numbers, or the file is damaged",
  );
}

function damaged(takes: string, current: string, cause: string): CheckpointError {
  return new CheckpointError(`Cannot read the .npy file: it takes ${takes}, current is ${current}: ${cause}`);
}
