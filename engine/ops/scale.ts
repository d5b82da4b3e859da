import code from "../../shaders/scale.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { elementwise } from "./elementwise.ts";

/** `y = factor * x`. */
export const scaleOp: Op<{ factor: number }> = defineOp({
  name: "scale",
  infer: (inputs) => {
    if (inputs[0].dtype !== "f32") {
      throw misfit("scale", "an f32 tensor", inputs, "indices have no multiples");
    }
    return { shape: inputs[0].shape, dtype: "f32" as const };
  },
  gradient: ({ attrs }, dy) => [scale(dy, attrs.factor)],
  reference: ({ attrs }, [x]) => x.map((value) => attrs.factor * value),
  lower: (node, context) =>
    elementwise("scale", code, node, context, ["x"], { constants: { FACTOR: node.attrs.factor } }),
});

/** x times a number known when the graph is built, of any shape. */
export function scale(x: Tensor, factor: number): Tensor {
  return apply(scaleOp, [x], { factor });
}
