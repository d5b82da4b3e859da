import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { div } from "./div.ts";
import { unaryOp } from "./unary.ts";

/** `y = ln x`. */
const logOp: Op<null> = unaryOp("log", {
  autocast: "f32",
  value: Math.log,
  formula: "log_of(a)",
  gradient: ({ inputs: [x] }, dy) => div(dy, x),
});

/** Natural logarithm of each value; the logarithm of 0 is -Infinity. Source: torch.log. */
export function log(x: Tensor): Tensor {
  return apply(logOp, [x], null);
}
