import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { sameShape, type Shape } from "../../kernel/shape.ts";
import { broadcastPositions, pick } from "../lowering/broadcast.ts";
import { byFormula } from "../lowering/formula.ts";
import { axesOf } from "../lowering/axes.ts";
import { keptShape, type ReduceAttrs, reduceOp } from "./reduce.ts";
import { reshape } from "../shape/reshape.ts";

// An op and its transpose: expand repeats what sum adds up, and each is the gradient of the other.

/** Options of a reduction. */
export interface ReduceOptions {
  /** Keeps the joined axes with length 1, so that the result repeats over x again. Default false: the axes are gone. */
  keepDims?: boolean;
}

/** `y = sum of x over the axes`. */
export const sumOp: Op<ReduceAttrs> = reduceOp({
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

/** x summed over the axes along which a tensor of this shape was repeated to the shape of x. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const ahead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((length, axis) =>
    axis < ahead || shape[axis - ahead] === 1 && length !== 1 ? [axis] : []
  );
  return sumOver(x, axes, shape);
}

/** `y = x`, repeated. */
export const expandOp: Op<{ shape: Shape }> = defineOp<{ shape: Shape }>({
  name: "expand",
  infer: (inputs, { shape }) => {
    const [x] = inputs;
    const ahead = shape.length - x.shape.length;
    if (ahead < 0 || x.shape.some((length, axis) => length !== 1 && length !== shape[axis + ahead])) {
      const takes = `f32 that repeats to [${shape.join(", ")}], aligned at the last axis`;
      throw misfit("expand", takes, inputs, "only axes of length 1 are repeated");
    }
    if (x.dtype !== "f32") throw misfit("expand", "an f32 tensor", inputs, "indices are not calculated with");
    return { shape, dtype: "f32" };
  },
  gradient: ({ inputs: [x] }, dy) => [sumTo(dy, x.shape)],
  reference: ({ inputs: [{ shape: of }], shape }, [x]) => pick(x, broadcastPositions(of, shape)),
  lower: (node, context) => byFormula("expand", "a", node, context),
});

/** x repeated over a larger shape by NumPy's rules. @throws {ShapeError} when it does not fit. Source: torch.Tensor.expand. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(expandOp, [x], { shape });
}
