import code from "../../shaders/sub.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import { sameShape, type Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";
import { scale } from "./scale.ts";
/** `y = a - b`. */
export const subOp: Op<null> = defineOp({
  name: "sub",
  infer: (inputs) => {
    const [a, b] = inputs;
    if (!sameShape(a.shape, b.shape) || a.dtype !== "f32" || b.dtype !== "f32") {
      throw misfit("sub", "two f32 tensors of the same shape", inputs, "shapes are not broadcast");
    }
    return { shape: a.shape, dtype: "f32" as const };
  },
  gradient: (_, dy) => [dy, scale(dy, -1)],
  reference: (_, [a, b]) => a.map((value, i) => value - b[i]),
  lower: (node, context) => elementwise("sub", code, node, context, ["a", "b"]),
});

/** Difference of two tensors of one shape. @throws {ShapeError} when they differ. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return apply(subOp, [a, b], null);
}
