import { defineOp, type LowerContext, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { byFormula } from "../lowering/formula.ts";

/** An op on each value by itself. */
interface Unary<Attrs> {
  /** The function on a number. */
  value(x: number, attrs: Attrs): number;
  /** The same in WGSL, over a 4-vector a. */
  formula: string | ((attrs: Attrs) => string);
  /** Numbers that the formula names. */
  numbers?(attrs: Attrs): Record<string, number>;
  /** The numbers among these that come at each dispatch, so that kernels that differ in them alone are one. */
  sizes?: readonly string[];
  /** Gradient of the input. */
  gradient?(y: Tensor<Attrs>, dy: Tensor): Tensor;
  /** See {@link Op}. */
  autocast?: "f32" | undefined;
}

/** Declares an op `y = f(x)` on each value of an f32 tensor of any shape. */
export function unaryOp<Attrs>(
  name: string,
  { value, formula, numbers, sizes, gradient, autocast }: Unary<Attrs>,
): Op<Attrs> {
  return defineOp<Attrs>({
    name,
    autocast,
    infer: (inputs) => {
      const [{ shape, dtype }] = inputs;
      if (dtype !== "f32") throw misfit(name, "an f32 tensor", inputs, "indices are not calculated with");
      return { shape, dtype };
    },
    ...gradient && { gradient: (y: Tensor<Attrs>, dy: Tensor) => [gradient(y, dy)] },
    reference: ({ attrs }, [x]) => x.map((each) => value(each, attrs)),
    lower: (node, context: LowerContext) => {
      const { attrs } = node;
      const text = typeof formula === "string" ? formula : formula(attrs);
      return byFormula(name, text, node, context, numbers?.(attrs), sizes);
    },
  });
}
