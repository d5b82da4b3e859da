import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";
import { unaryOp } from "./unary.ts";

/** `y = 1 / (1 + e^-x)`. */
const sigmoidOp: Op<null> = unaryOp("sigmoid", {
  value: (x) => 1 / (1 + Math.exp(-x)),
  formula: "1.0 / (1.0 + exp_of(-a))",
  gradient: (y, dy) => mul(dy, mul(y, sub(1, y))),
});

/** Logistic function of each value. Source: torch.sigmoid. */
export function sigmoid(x: Tensor): Tensor {
  return apply(sigmoidOp, [x], null);
}
