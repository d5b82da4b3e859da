import code from "../../shaders/take.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/** `y[b] = table[labels[b]]`; has no gradient: tables are constants of the data set. */
export const takeOp: Op<null> = defineOp({
  name: "take",
  infer: (inputs) => {
    const [table, labels] = inputs;
    const fits = table.shape.length === 1 && labels.shape.length === 1 && table.dtype === "f32" &&
      labels.dtype === "u32";
    if (!fits) throw misfit("take", "a table f32 [C] and labels u32 [B]", inputs, "labels of another type");
    return { shape: labels.shape, dtype: "f32" as const };
  },
  reference: (_, [table, labels]) => labels.map((label) => table[label]),
  lower: ({ size }) => ({
    kernels: [{
      label: "take",
      code,
      bind: { table: { input: 0 }, labels: { input: 1 }, y: { output: true } },
      constants: { COUNT: size },
      workgroups: [Math.ceil(size / 64), 1, 1],
    }],
  }),
});

/** The table's entry for each label: table [C], labels u32 [B], each below C, to [B]. Source: torch.take. */
export function take(table: Tensor, labels: Tensor): Tensor {
  return apply(takeOp, [table, labels], null);
}
