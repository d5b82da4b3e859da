import code from "../../shaders/add.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import { sameShape, type Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";

/** `y = a + b`. */
export const addOp: Op<null> = defineOp({
  name: "add",
  infer: (inputs) => {
    const [a, b] = inputs;
    if (!sameShape(a.shape, b.shape) || a.dtype !== "f32" || b.dtype !== "f32") {
      throw misfit("add", "two f32 tensors of the same shape", inputs, "shapes are not broadcast");
    }
    return { shape: a.shape, dtype: "f32" as const };
  },
  gradient: (_, dy) => [dy, dy],
  reference: (_, [a, b]) => a.map((value, i) => value + b[i]),
  lower: (node, context) => elementwise("add", code, node, context, ["a", "b"]),
});

/** Sum of two tensors of one shape. @throws {ShapeError} when they differ. */
export function add(a: Tensor, b: Tensor): Tensor {
  return apply(addOp, [a, b], null);
}
