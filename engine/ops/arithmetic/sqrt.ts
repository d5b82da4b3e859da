import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { div } from "./div.ts";
import { scale } from "./scale.ts";
import { unaryOp } from "./unary.ts";

/** `y = x^(1/2)`. */
const sqrtOp: Op<null> = unaryOp("sqrt", {
  value: Math.sqrt,
  formula: "sqrt(a)",
  gradient: (y, dy) => scale(div(dy, y), 0.5),
});

/** Square root of each value; its gradient at 0 is infinite. Source: torch.sqrt. */
export function sqrt(x: Tensor): Tensor {
  return apply(sqrtOp, [x], null);
}
