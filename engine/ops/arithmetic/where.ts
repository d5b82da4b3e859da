import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { asTensor, broadcastPositions, broadcastShape, pick } from "../lowering/broadcast.ts";
import { sumTo } from "../reduce/sum.ts";
import { byFormula } from "../lowering/formula.ts";

/** `y = a where condition is not 0, else b`. */
const whereOp: Op<null> = defineOp<null>({
  name: "where",
  infer: (inputs) => {
    if (inputs.some(({ dtype }) => dtype !== "f32")) {
      throw misfit(
        "where",
        "a condition and two values, all f32",
        inputs,
        "a condition is a comparison's result",
      );
    }
    return { shape: broadcastShape("where", inputs), dtype: "f32" };
  },
  gradient: ({ inputs: [condition, a, b] }, dy) => [
    null,
    sumTo(where(condition, dy, 0), a.shape),
    sumTo(where(condition, 0, dy), b.shape),
  ],
  reference: ({ inputs, shape }, values) => {
    const [condition, a, b] = inputs.map((input, n) =>
      pick(values[n], broadcastPositions(input.shape, shape))
    );
    return condition.map((chosen, i) => chosen !== 0 ? a[i] : b[i]);
  },
  repeats: true,
  lower: (node, context) => byFormula("where", "select(c, b, a != vec4f())", node, context),
});

/**
 * Values of a where the condition is not 0, else of b: all repeated to one shape by NumPy's rules. No gradient flows to
 * the condition, and none through values that are not taken, be they infinite.
 *
 * @param condition f32, as {@link greater} gives it.
 * @throws {ShapeError} when the shapes do not repeat to one. Source: torch.where.
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  return apply(whereOp, [condition, asTensor(a), asTensor(b)], null);
}
