import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { sameShape, type Shape } from "../../kernel/shape.ts";
import { broadcastPositions, pick, sumTo } from "../lowering/broadcast.ts";
import { byFormula } from "../lowering/formula.ts";

/** `y = x`, repeated. */
export const expandOp: Op<{ shape: Shape }> = defineOp<{ shape: Shape }>({
  name: "expand",
  infer: (inputs, { shape }) => {
    const [x] = inputs;
    const ahead = shape.length - x.shape.length;
    if (ahead < 0 || x.shape.some((length, axis) => length !== 1 && length !== shape[axis + ahead])) {
      const takes = `f32 that repeats to [${shape.join(", ")}], aligned at the last axis`;
      throw misfit("expand", takes, inputs, "only axes of length 1 are repeated");
    }
    if (x.dtype !== "f32") throw misfit("expand", "an f32 tensor", inputs, "indices are not calculated with");
    return { shape, dtype: "f32" };
  },
  gradient: ({ inputs: [x] }, dy) => [sumTo(dy, x.shape)],
  reference: ({ inputs: [{ shape: of }], shape }, [x]) => pick(x, broadcastPositions(of, shape)),
  lower: (node, context) => byFormula("expand", "a", node, context),
});

/** x repeated over a larger shape by NumPy's rules. @throws {ShapeError} when it does not fit. Source: torch.Tensor.expand. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(expandOp, [x], { shape });
}
