import code from "../../../shaders/statistics/argmax.wgsl" with { type: "text" };
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { matrixRule, overRows } from "../lowering/rows.ts";

/** `y[b] = first j with the largest x[b, j]`, NaN being larger than any number. */
export const argmaxOp: Op<null> = defineOp({
  name: "argmax",
  infer: (inputs) => ({ shape: [matrixRule("argmax", inputs).shape[0]], dtype: "u32" as const }),
  reference: ({ inputs: [{ shape: [rows, columns] }] }, [x]) =>
    Float64Array.from({ length: rows }, (_, b) => {
      const row = x.subarray(b * columns, (b + 1) * columns);
      const beats = (value: number, best: number) =>
        value > best || Number.isNaN(value) && !Number.isNaN(best);
      return row.reduce((best, value, j) => beats(value, row[best]) ? j : best, 0);
    }),
  wants: ["fast"],
  lower: ({ inputs: [x] }, { family }) => ({
    kernels: [overRows("argmax", code, family, x.shape, { x: { input: 0 }, y: { output: true } })],
  }),
});

/**
 * Index of the largest value of each row of x [B, C], the lowest one on ties: u32 [B]. NaN is larger than any number.
 * Source: torch.argmax.
 */
export function argmax(x: Tensor): Tensor {
  return apply(argmaxOp, [x], null);
}
