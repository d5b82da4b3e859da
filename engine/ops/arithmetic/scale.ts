import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { unaryOp } from "./unary.ts";

/** `y = factor * x`. */
export const scaleOp: Op<{ factor: number }> = unaryOp<{ factor: number }>("scale", {
  value: (x, { factor }) => factor * x,
  formula: "FACTOR * a",
  numbers: ({ factor }) => ({ FACTOR: factor }),
  sizes: ["FACTOR"], // it may be 1 over the samples of a batch
  gradient: ({ attrs }, dy) => scale(dy, attrs.factor),
});

/** x times a number known when the graph is built, of any shape. */
export function scale(x: Tensor, factor: number): Tensor {
  return apply(scaleOp, [x], { factor });
}

/** `-x`, of any shape. Source: torch.neg. */
export function neg(x: Tensor): Tensor {
  return scale(x, -1);
}
