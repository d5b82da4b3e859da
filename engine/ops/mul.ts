import code from "../../shaders/mul.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import { sameShape, type Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";

/** `y = a * b`. */
export const mulOp: Op<null> = defineOp({
  name: "mul",
  infer: (inputs) => {
    const [a, b] = inputs;
    if (!sameShape(a.shape, b.shape) || a.dtype !== "f32" || b.dtype !== "f32") {
      throw misfit("mul", "two f32 tensors of the same shape", inputs, "shapes are not broadcast");
    }
    return { shape: a.shape, dtype: "f32" as const };
  },
  gradient: ({ inputs: [a, b] }, dy) => [mul(dy, b), mul(dy, a)],
  reference: (_, [a, b]) => a.map((value, i) => value * b[i]),
  lower: (node, context) => elementwise("mul", code, node, context, ["a", "b"]),
});

/** Product, element by element, of two tensors of one shape. @throws {ShapeError} when they differ. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return apply(mulOp, [a, b], null);
}
