import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { sameShape } from "../../kernel/shape.ts";
import { asTensor, broadcastPositions, broadcastShape } from "../lowering/broadcast.ts";
import { sumTo } from "../reduce/sum.ts";
import { byFormula } from "../lowering/formula.ts";

/** An op on pairs of values. */
interface Binary<Attrs> {
  /** The function on two numbers. */
  value(a: number, b: number, attrs: Attrs): number;
  /** The same in WGSL, over 4-vectors a and b. */
  formula: string;
  /** Numbers that the formula names. */
  numbers?(attrs: Attrs): Record<string, number>;
  /** Gradient of each input in the shape of y; it is summed where an input was repeated. */
  gradient?(dy: Tensor, a: Tensor, b: Tensor, y: Tensor<Attrs>): (Tensor | null)[];
  /** See {@link Op}. */
  autocast?: "f32" | undefined;
}

/** Declares an op `y = f(a, b)` on each pair of values of two f32 tensors, repeated to one shape. */
export function binaryOp<Attrs>(
  name: string,
  { value, formula, numbers, gradient, autocast }: Binary<Attrs>,
): Op<Attrs> {
  return defineOp<Attrs>({
    name,
    autocast,
    infer: (inputs) => {
      if (inputs.some(({ dtype }) => dtype !== "f32")) {
        throw misfit(name, "two f32 tensors", inputs, "indices are not calculated with");
      }
      return { shape: broadcastShape(name, inputs), dtype: "f32" };
    },
    ...gradient && {
      gradient: (y: Tensor<Attrs>, dy: Tensor) => {
        const [a, b] = y.inputs;
        return gradient(dy, a, b, y).map((share, i) => share && sumTo(share, y.inputs[i].shape));
      },
    },
    reference: ({ attrs, shape, inputs }, [a, b]) => {
      if (inputs.every((input) => sameShape(input.shape, shape))) {
        return a.map((each, i) => value(each, b[i], attrs));
      }
      const [inA, inB] = inputs.map((input) => broadcastPositions(input.shape, shape));
      return Float64Array.from(inA, (at, i) => value(a[at], b[inB[i]], attrs));
    },
    repeats: true,
    maskable: true,
    lower: (node, context) => byFormula(name, formula, node, context, numbers?.(node.attrs)),
  });
}

/** Adds an op on pairs to the graph; either of the two may be a number. */
export function applyBinary<Attrs>(
  op: Op<Attrs>,
  a: Tensor | number,
  b: Tensor | number,
  attrs: Attrs,
): Tensor<Attrs> {
  return apply(op, [asTensor(a), asTensor(b)], attrs);
}
