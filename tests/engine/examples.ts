import type { Tolerance } from "./close.ts";
import { type DType, type Shape, sizeOf } from "../../engine/kernel/shape.ts";
import { normal, seedOf, uniform } from "./random.ts";

/** Values of an input. */
export type Numbers = Float32Array | Uint32Array | Uint8Array;

/** An input of an op under test: a shape alone is filled with standard normal numbers. */
export interface Example {
  shape: Shape;
  dtype?: DType;
  /** Uniform numbers from the first to below the second; whole ones for `u32` and `u8`, where the default is [0, 256). */
  range?: readonly [number, number] | undefined;
  values?: ArrayLike<number>;
  /** Whether to check its gradient; default for every f32 input. */
  gradient?: boolean;
}

/** The values of an example, whose random numbers hang on this text. */
export function valuesOf({ shape, dtype = "f32", range, values }: Example, seed: string): Numbers {
  const size = sizeOf(shape);
  if (values && values.length !== size) {
    throw new TypeError(`Cannot test with ${values.length} values for [${shape.join(", ")}]`);
  }
  const wild = range === undefined && dtype === "f32" ? normal(seedOf(seed)) : uniform(seedOf(seed));
  const [low, high] = range ?? (dtype === "f32" ? [0, 1] : [0, 256]);
  const numbers = values ?? Float64Array.from({ length: size }, () => low + (high - low) * wild());
  return { f32: Float32Array, u32: Uint32Array, u8: Uint8Array }[dtype].from(numbers);
}

/** What to check of an op. */
export interface CheckOptions extends Tolerance {
  /** Expected shape of the result. */
  shape?: Shape;
  /** False for ops without a gradient. */
  gradient?: boolean;
  /** Uniform numbers for the gradient of the result, as an example's range; default standard normal ones. */
  cotangent?: Example["range"];
  /** Tolerance of the gradients where it differs. */
  gradientTolerance?: Tolerance;
  /** Tolerance in f16 where it differs. Without it only the first fitting shape of an op is tested in f16. */
  f16?: Tolerance;
}
