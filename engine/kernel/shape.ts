/** Element types: `u8` exists for images only, packed four to a 32-bit word. */
export type DType = "f32" | "u32" | "u8";

/** Dimensions, outermost first. Images are `[N, H, W, C]`. */
export type Shape = readonly number[];

/** Number of elements of a shape; 1 for a scalar `[]`. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** True if two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}
