import { apply, type Op, type Tensor } from "../../graph/node.ts";
import { reluGrad } from "./relu_grad.ts";
import { unaryOp } from "./unary.ts";

/** `y = max(x, 0)`, and NaN where x is NaN; max alone would give 0 and hide the NaN. */
export const reluOp: Op<null> = unaryOp("relu", {
  value: (x) => Math.max(x, 0),
  formula: "select(a, vec4f(), a < vec4f())",
  gradient: (y, dy) => reluGrad(y, dy),
});

/**
 * Rectifier, `max(x, 0)`, of any shape. Source: torch.nn.functional.relu.
 *
 * @example
 * ```ts
 * import { relu, tensor } from "everyclass";
 * console.log(await relu(tensor([-1, 2])).data()); // [0, 2]
 * ```
 */
export function relu(x: Tensor): Tensor {
  return apply(reluOp, [x], null);
}
