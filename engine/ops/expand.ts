import code from "../../shaders/expand.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import { type Shape, sizeOf, type Tensor } from "../tensor.ts";
import { ofChannels } from "./channels.ts";
import { overVectors } from "./elementwise.ts";
import { sum } from "./sum.ts";

/** `y = x` everywhere. */
export const expandOp: Op<{ shape: Shape }> = defineOp({
  name: "expand",
  infer: (inputs, { shape }) => {
    if (inputs[0].size !== 1) throw misfit("expand", "a scalar []", inputs, "a vector wants expandRows");
    return { shape, dtype: "f32" as const };
  },
  gradient: (_, dy) => [sum(dy)],
  reference: ({ attrs }, [x]) => new Float64Array(sizeOf(attrs.shape)).fill(x[0]),
  lower: (node) => ({ kernels: [overVectors("expand", code, node, ["x"], ofChannels(node.shape))] }),
});

/** A scalar, repeated over a shape. Source: torch.Tensor.expand. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return apply(expandOp, [x], { shape });
}
