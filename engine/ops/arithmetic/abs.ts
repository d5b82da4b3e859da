import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { sign } from "./compare.ts";
import { mul } from "./mul.ts";
import { unaryOp } from "./unary.ts";

/** `y = |x|`. */
const absOp: Op<null> = unaryOp("abs", {
  value: Math.abs,
  formula: "abs(a)",
  gradient: ({ inputs: [x] }, dy) => mul(dy, sign(x)),
});

/** Absolute value of each value; its gradient at 0 is 0. Source: torch.abs. */
export function abs(x: Tensor): Tensor {
  return apply(absOp, [x], null);
}
