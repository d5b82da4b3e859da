import type { Op } from "./op.ts";

/** Element types: `u8` exists for images only, packed four to a 32-bit word. */
export type DType = "f32" | "u32" | "u8";

/** Dimensions, outermost first. Images are `[N, H, W, C]`. */
export type Shape = readonly number[];

let nextId = 0;

/**
 * A node of the graph: an op applied to other tensors. It holds no values: building a tensor runs nothing, and
 * a plan (see `plan/plan.ts`) decides where and when it is computed.
 *
 * @example
 * ```ts
 * import { add, tensor } from "everyclass";
 * const sum = add(tensor([1, 2]), 1); // nothing is computed yet
 * console.log(sum.describe(), await sum.data()); // add#2 [2] and [2, 3]
 * ```
 */
export class Tensor<Attrs = unknown> {
  /** Number in order of creation: unique, and larger than that of every input. */
  readonly id: number = nextId++;

  /** Made by the ops' functions, not by hand. */
  constructor(
    /** What computes this tensor. */
    readonly op: Op<Attrs>,
    /** What it is computed from. */
    readonly inputs: readonly Tensor[],
    /** What the op needs to know besides its inputs: a stride, a name, a factor. */
    readonly attrs: Attrs,
    /** Dimensions. */
    readonly shape: Shape,
    /** Element type. */
    readonly dtype: DType,
  ) {}

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** For errors and traces: `conv2d#12 [128, 32, 32, 16]`. */
  describe(): string {
    return `${this.op.name}#${this.id} [${this.shape.join(", ")}]`;
  }

  /**
   * Sync point: plans what this tensor depends on, runs it on the machine's adapter, and reads the values back. For
   * interactive use; a loop makes a {@link Plan} once and runs it many times.
   *
   * @returns Dense row-major values.
   * @throws {TypeError} when the tensor depends on an input or parameter: those have values in plans only.
   * @throws {DeviceError} when there is no adapter.
   */
  async data(): Promise<Float32Array> {
    return (await reader.read([this]))[0];
  }
}

/** Reads tensors for {@linkcode Tensor.data}. The planner puts itself here: it knows tensors, they need not know it. */
export const reader = {
  read(tensors: readonly Tensor[]): Promise<Float32Array[]> {
    throw new TypeError(
      `Cannot compute ${
        tensors[0].describe()
      }: it takes the planner, current program has not imported engine/mod.ts`,
    );
  },
};

/** Number of elements of a shape; 1 for a scalar `[]`. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}
