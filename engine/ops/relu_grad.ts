import code from "../../shaders/relu_grad.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import { sameShape, type Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";

/** `dx = dy` where `y > 0`, else 0. By y, not x, so that what the rectifier was fused into keeps only its result. */
export const reluGradOp: Op<null> = defineOp({
  name: "relu_grad",
  infer: (inputs) => {
    const [y, dy] = inputs;
    if (!sameShape(y.shape, dy.shape)) {
      throw misfit("relu_grad", "y and dy of the same shape", inputs, "dy belongs to another rectifier");
    }
    return { shape: y.shape, dtype: "f32" as const };
  },
  gradient: ({ inputs: [y] }, ddx) => [null, reluGrad(y, ddx)],
  reference: (_, [y, dy]) => dy.map((value, i) => y[i] > 0 ? value : 0),
  lower: (node, context) => elementwise("relu_grad", code, node, context, ["result", "dy"]),
});

/** Gradient of {@link relu} for its result y and the cotangent dy; 0 where x is 0, as PyTorch has it. */
export function reluGrad(y: Tensor, dy: Tensor): Tensor {
  return apply(reluGradOp, [y, dy], null);
}
