import { CheckpointError } from "./checkpoint_error.ts";
import type { RawTensor } from "./raw_tensor.ts";

/** The type of a number in a file. */
export type StoredType =
  | ("f64" | "f32" | "f16" | "bf16")
  | ("i64" | "i32" | "i16" | "i8" | "u64" | "u32" | "u16" | "u8" | "bool");

/** Bytes a number. */
export const itemSize: Readonly<Record<StoredType, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u64: 8,
  u32: 4,
  u16: 2,
  u8: 1,
  bool: 1,
};

/**
 * Decodes stored bytes to numbers; the result never shares memory with the file.
 *
 * @param shape Shape of the tensor; the caller has checked that it fits the bytes.
 * @param name Name of the tensor, for errors.
 * @throws {CheckpointError} when a finite f64 lies beyond the range of f32, or a u64 beyond that of i64.
 */
export function decode(
  bytes: Uint8Array,
  stored: StoredType,
  shape: number[],
  name: string,
  bigEndian = false,
): RawTensor {
  const size = itemSize[stored];
  // A copy: typed arrays must be aligned, and the file can be freed. Deno runs on little-endian machines only.
  const copy = () => (bigEndian ? swapped(bytes, size) : new Uint8Array(bytes)).buffer;
  // Numbers that are converted are taken from where they stand, if they are aligned: memory holds them once less.
  const { buffer, byteOffset } = bytes;
  const place = (): [ArrayBufferLike, number, number] =>
    bigEndian || byteOffset % size !== 0
      ? [copy(), 0, bytes.length / size]
      : [buffer, byteOffset, bytes.length / size];
  switch (stored) {
    case "f64":
      return { shape, dtype: "f64", data: narrow(new Float64Array(...place()), name) };
    case "f32":
      return { shape, dtype: "f32", data: new Float32Array(copy()) };
    case "f16":
      return { shape, dtype: "f16", data: new Float32Array(new Float16Array(...place())) };
    case "bf16":
      return { shape, dtype: "bf16", data: widened(new Uint16Array(...place())) };
    case "i64":
      return { shape, dtype: "i64", data: new BigInt64Array(copy()) };
    case "i32":
      return { shape, dtype: "i32", data: new Int32Array(copy()) };
    case "i16":
      return { shape, dtype: "i32", data: new Int32Array(new Int16Array(...place())) };
    case "i8":
      return { shape, dtype: "i32", data: new Int32Array(new Int8Array(...place())) };
    case "u64":
      return { shape, dtype: "i64", data: signed(copy(), name) };
    case "u32":
      return { shape, dtype: "i64", data: doubled(new Uint32Array(...place())) };
    case "u16":
      return { shape, dtype: "i32", data: new Int32Array(new Uint16Array(...place())) };
    case "u8":
    case "bool":
      return { shape, dtype: stored, data: new Uint8Array(copy()) };
  }
}

/** The range is checked first: a file that is refused takes no memory for its numbers. */
function narrow(wide: Float64Array, name: string): Float32Array {
  for (let i = 0; i < wide.length; i++) {
    if (Number.isFinite(Math.fround(wide[i])) || !Number.isFinite(wide[i])) continue;
    throw new CheckpointError(
      `Cannot narrow ${name} to f32: it takes values up to 3.4e38, current value ${i} is ${wide[i]}: ` +
        "the training diverged or the file is damaged",
    );
  }
  return new Float32Array(wide);
}

/** Each half is the upper half of an f32. */
function widened(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16;
  return new Float32Array(words.buffer);
}

/** The numbers in twice the bytes: the upper half is 0. */
function doubled(values: Uint32Array): BigInt64Array {
  const words = new Uint32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) words[2 * i] = values[i];
  return new BigInt64Array(words.buffer);
}

function signed(buffer: ArrayBuffer, name: string): BigInt64Array {
  const most = 2n ** 63n - 1n;
  const words = new Uint32Array(buffer);
  for (let i = 0; i < words.length / 2; i++) {
    if (words[2 * i + 1] < 2 ** 31) continue;
    throw new CheckpointError(
      `Cannot read ${name}: it takes whole numbers up to ${most}, current value ${i} is ${
        new BigUint64Array(buffer)[i]
      }: ` +
        "the file is damaged, or negative numbers were saved as unsigned ones",
    );
  }
  return new BigInt64Array(buffer);
}

function swapped(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length);
  for (let start = 0; start < copy.length; start += size) {
    for (let byte = 0; byte < size; byte++) copy[start + byte] = bytes[start + size - 1 - byte];
  }
  return copy;
}
