import { apply, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { sameShape } from "../../kernel/shape.ts";
import { binaryOp } from "./binary.ts";

/** `dx = dy` where `y > 0`, else 0. It reads y, not x, so that an op with a fused rectifier keeps only its result. */
export const reluGradOp: Op<null> = {
  ...binaryOp<null>("relu_grad", {
    value: (y, dy) => y > 0 ? dy : 0,
    formula: "select(vec4f(), b, a > vec4f())",
    gradient: (ddx, y) => [null, reluGrad(y, ddx)],
  }),
  repeats: false,
  infer: (inputs) => {
    const [y, dy] = inputs;
    if (!sameShape(y.shape, dy.shape)) {
      throw misfit("relu_grad", "y and dy of the same shape", inputs, "dy belongs to another rectifier");
    }
    return { shape: y.shape, dtype: "f32" };
  },
};

/** Gradient of {@link relu} for its result y and the cotangent dy; 0 where x is 0, as PyTorch has it. */
export function reluGrad(y: Tensor, dy: Tensor): Tensor {
  return apply(reluGradOp, [y, dy], null);
}
