import { apply, defineOp, type Op, Tensor } from "../../graph/node.ts";
import type { StridedView } from "../../kernel/view.ts";
import { byViews } from "../lowering/formula.ts";
import { addOp } from "./add.ts";

/** An addend: a tensor itself, or one that nothing writes, which is its only input in another order. */
interface Addend {
  readonly tensor: Tensor;
  /** The input, seen as the tensor; null where the tensor itself is read. */
  readonly view: StridedView | null;
}

/** `y = a + b` of one shape, where the kernel reads what an addend is made of in place of the addend. */
const addViewsOp: Op<{ addends: readonly Addend[] }> = defineOp<{ addends: readonly Addend[] }>({
  name: "add_views",
  autocast: "inputs",
  maskable: true,
  infer: (_, { addends: [{ tensor: { shape } }] }) => ({ shape, dtype: "f32" }),
  reference: ({ attrs: { addends }, shape }, inputs) => {
    const values = addends.map(({ tensor, view }, n) =>
      view ? tensor.op.reference(tensor, [inputs[n]]) : inputs[n]
    );
    const both = addends.map(({ tensor }) => tensor);
    return addOp.reference(new Tensor(addOp, both, null, shape, "f32"), values);
  },
  lower: (node) => byViews("add", node, node.attrs.addends.map(({ view }) => view)),
});

/**
 * Sum of two tensors of one shape.
 *
 * @param inputs The tensor that the kernel reads for each addend: the addend, or its input where it has a view.
 */
export function addViews(inputs: readonly Tensor[], addends: readonly Addend[]): Tensor {
  return apply(addViewsOp, inputs, { addends });
}
