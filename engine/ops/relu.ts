import code from "../../shaders/relu.wgsl" with { type: "text" };
import { apply, defineOp, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";
import { reluGrad } from "./relu_grad.ts";

/** `y = max(x, 0)`. */
export const reluOp: Op<null> = defineOp({
  name: "relu",
  infer: ([x]) => ({ shape: x.shape, dtype: "f32" as const }),
  gradient: (y, dy) => [reluGrad(y, dy)],
  reference: (_, [x]) => x.map((value) => Math.max(value, 0)),
  lower: (node, context) => elementwise("relu", code, node, context, ["x"]),
});

/** Rectifier, `max(x, 0)`, of any shape. Source: torch.nn.functional.relu. */
export function relu(x: Tensor): Tensor {
  return apply(reluOp, [x], null);
}
