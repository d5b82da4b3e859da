import { apply, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { flatLayout } from "../../graph/parameter_layout.ts";

/** The inputs one after the other in one buffer, in the layout of `Parameters` of their shapes. Gaps are zero. */
export const packOp: Op<null> = {
  name: "pack",
  infer: (inputs) => {
    if (inputs.some(({ dtype }) => dtype !== "f32")) {
      throw misfit("pack", "f32 tensors", inputs, "indices are not parameters");
    }
    return { shape: [flatLayout(inputs).words], dtype: "f32" };
  },
  reference: (node, values) => {
    const flat = new Float64Array(node.size);
    flatLayout(node.inputs).offsets.forEach((offset, i) => flat.set(values[i], offset));
    return flat;
  },
  slices: ({ inputs }) => flatLayout(inputs).offsets,
};

/** One flat buffer into whose slices the tensors are computed. It gives gradients the layout of `Parameters`. */
export function pack(tensors: readonly Tensor[]): Tensor {
  return apply({ ...packOp, wants: tensors.map(() => "buffer" as const) }, tensors, null);
}
