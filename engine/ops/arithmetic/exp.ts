import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { mul } from "./mul.ts";
import { unaryOp } from "./unary.ts";

/** `y = e^x`. */
const expOp: Op<null> = unaryOp("exp", {
  autocast: "f32",
  value: Math.exp,
  formula: "exp_of(a)",
  gradient: (y, dy) => mul(dy, y),
});

/** Exponential of each value. Source: torch.exp. */
export function exp(x: Tensor): Tensor {
  return apply(expOp, [x], null);
}
