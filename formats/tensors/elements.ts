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
  // A copy: typed arrays must be aligned, and the file can be freed. Deno runs on little-endian machines only.
  const { buffer } = bigEndian ? swapped(bytes, itemSize[stored]) : new Uint8Array(bytes);
  switch (stored) {
    case "f64":
      return { shape, dtype: "f64", data: narrow(new Float64Array(buffer), name) };
    case "f32":
      return { shape, dtype: "f32", data: new Float32Array(buffer) };
    case "f16":
      return { shape, dtype: "f16", data: new Float32Array(new Float16Array(buffer)) };
    case "bf16": // the upper half of an f32
      return {
        shape,
        dtype: "bf16",
        data: new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
      };
    case "i64":
      return { shape, dtype: "i64", data: new BigInt64Array(buffer) };
    case "i32":
      return { shape, dtype: "i32", data: new Int32Array(buffer) };
    case "i16":
      return { shape, dtype: "i32", data: new Int32Array(new Int16Array(buffer)) };
    case "i8":
      return { shape, dtype: "i32", data: new Int32Array(new Int8Array(buffer)) };
    case "u64":
      return { shape, dtype: "i64", data: signed(new BigUint64Array(buffer), name) };
    case "u32":
      return { shape, dtype: "i64", data: BigInt64Array.from(new Uint32Array(buffer), BigInt) };
    case "u16":
      return { shape, dtype: "i32", data: new Int32Array(new Uint16Array(buffer)) };
    case "u8":
    case "bool":
      return { shape, dtype: stored, data: new Uint8Array(buffer) };
  }
}

function narrow(wide: Float64Array, name: string): Float32Array {
  const data = new Float32Array(wide);
  const lost = data.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(wide[i]));
  if (lost < 0) return data;
  throw new CheckpointError(
    `Cannot narrow ${name} to f32: it takes values up to 3.4e38, current value ${lost} is ${wide[lost]}: ` +
      "the training diverged or the file is damaged",
  );
}

function signed(wide: BigUint64Array, name: string): BigInt64Array {
  const most = 2n ** 63n - 1n;
  const large = wide.findIndex((value) => value > most);
  if (large < 0) return new BigInt64Array(wide);
  throw new CheckpointError(
    `Cannot read ${name}: it takes whole numbers up to ${most}, current value ${large} is ${wide[large]}: ` +
      "the file is damaged, or negative numbers were saved as unsigned ones",
  );
}

function swapped(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (let start = 0; start < copy.length; start += size) copy.subarray(start, start + size).reverse();
  return copy;
}
