/**
 * A tensor as a checkpoint holds it, in row-major order.
 *
 * `dtype` is what the file stores; f16 and bf16 are widened and f64 is narrowed to `Float32Array`, i8, i16 and u16 are
 * widened to i32, u32 to i64; u64 becomes i64.
 */
export type RawTensor =
  | { shape: number[]; dtype: "f32" | "f16" | "bf16" | "f64"; data: Float32Array }
  | { shape: number[]; dtype: "i64"; data: BigInt64Array }
  | { shape: number[]; dtype: "i32"; data: Int32Array }
  | { shape: number[]; dtype: "u8" | "bool"; data: Uint8Array };

/** The tensors of a network by their names, in the order of the file. */
export type StateDict = Map<string, RawTensor>;

/** Product of the sizes; 1 for a scalar, whose shape is `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** True for a list of whole numbers from 0 on, such as offsets or strides. */
export function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** Most dimensions, as in PyTorch. */
const MOST_AXES = 64;

/** True for a list of sizes whose product is an exact number. */
export function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MOST_AXES && areCounts(value) &&
    Number.isSafeInteger(elementCount(value));
}

/** @param name Name of the tensor. @throws {TypeError} when the numbers do not fit the shape. */
export function checkFilled(name: string, { shape, data }: RawTensor): void {
  if (isShape(shape) && elementCount(shape) === data.length) return;
  throw new TypeError(
    `Cannot write ${name}: it takes as many numbers as its shape has, current are shape ${
      showShape(shape)
    } and ` +
      `${data.length} numbers`,
  );
}

/** `[16, 3, 3, 3]` */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
