import { apply, type Op, type Tensor } from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { expand } from "./expand.ts";
import { axesOf, keptShape, type ReduceAttrs, reduceOp } from "./reduce.ts";
import { reshape } from "../shape/reshape.ts";
import { scale } from "../arithmetic/scale.ts";

/** Options of a reduction. */
export interface ReduceOptions {
  /** Keeps the joined axes with length 1, so that the result repeats over x again. Default false: the axes are gone. */
  keepDims?: boolean;
}

/** `y = sum of x over the axes`. */
const sumOp: Op<ReduceAttrs> = reduceOp({
  name: "sum",
  join: (a, b) => a + b,
  gradient: ({ inputs: [x], attrs }, dy) => expand(reshape(dy, keptShape(x.shape, attrs.axes)), x.shape),
});

/** Sum over these axes, ascending. The shape has the other lengths, and ones where the caller wants them. */
export function sumOver(x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  return applyReduction(sumOp, x, axes, shape);
}

/** Adds a reduction to the graph. */
export function applyReduction(
  op: Op<ReduceAttrs>,
  x: Tensor,
  axes: readonly number[],
  shape: Shape,
): Tensor {
  if (axes.every((axis) => x.shape[axis] === 1) && x.dtype === "f32") return reshape(x, shape);
  // Reducing the last axis writes scalars, so the output must be a buffer.
  const dense = axes.includes(x.shape.length - 1) && (shape.at(-1) ?? 1) !== 1;
  return apply(dense ? { ...op, dense } : op, [x], { axes, shape });
}

/** The shape that a reduction leaves. */
export function reducedShape(x: Tensor, axes: readonly number[], { keepDims = false }: ReduceOptions): Shape {
  return keepDims ? keptShape(x.shape, axes) : x.shape.filter((_, axis) => !axes.includes(axis));
}

/**
 * Sum over some axes, in an order that the shape fixes.
 *
 * @param x f32, of any shape. @param axes From the first, or negative from the last; default all of them.
 * @returns The shape of x without the axes: a scalar `[]` where all are gone.
 * @throws {RangeError} when an axis is not there. Source: torch.sum.
 *
 * @example
 * ```ts
 * import { sum, tensor } from "everyclass";
 * console.log(await sum(tensor([[1, 2], [3, 4]]), 1).data()); // [3, 7]
 * ```
 */
export function sum(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  const own = axesOf("sum", x, axes);
  return sumOver(x, own, reducedShape(x, own, options));
}

/**
 * Mean over some axes, given as those of {@link sum}. Source: torch.mean.
 *
 * @example
 * ```ts
 * import { mean, tensor } from "everyclass";
 * console.log(await mean(tensor([[1, 2], [3, 4]])).data()); // [2.5]
 * ```
 */
export function mean(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  const total = sum(x, axes, options);
  return scale(total, total.size / x.size);
}
