import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { mul } from "./mul.ts";
import { scale } from "./scale.ts";
import { unaryOp } from "./unary.ts";

/** `y = x^2`. */
const squareOp: Op<null> = unaryOp("square", {
  autocast: "f32",
  value: (x) => x * x,
  formula: "a * a",
  gradient: ({ inputs: [x] }, dy) => scale(mul(dy, x), 2),
});

/** Square of each value. Source: torch.square. */
export function square(x: Tensor): Tensor {
  return apply(squareOp, [x], null);
}
