import code from "../../shaders/softmax.wgsl" with { type: "text" };
import gradCode from "../../shaders/softmax_grad.wgsl" with { type: "text" };
import { apply, defineOp, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { logSumExp, mapRows, matrixRule, overRows } from "./rows.ts";

/** `y[b, j] = exp x[b, j] / sum_k exp x[b, k]`. */
export const softmaxOp: Op<null> = defineOp({
  name: "softmax",
  infer: (inputs) => matrixRule("softmax", inputs),
  gradient: (y, dy) => [apply(softmaxGradOp, [y, dy], null)],
  reference: ({ shape }, [x]) =>
    mapRows(shape, (at) => {
      const row = x.subarray(at, at + shape[1]);
      const lse = logSumExp(row);
      return row.map((value) => Math.exp(value - lse));
    }),
  wants: ["fast"],
  lower: ({ shape }, { family }) => ({
    kernels: [overRows("softmax", code, family, shape, { x: { input: 0 }, y: { output: true } })],
  }),
});

/** `dx[b, j] = y[b, j] (dy[b, j] - sum_k y[b, k] dy[b, k])`. */
export const softmaxGradOp: Op<null> = defineOp({
  name: "softmax_grad",
  infer: (inputs) => matrixRule("softmax_grad", inputs),
  reference: ({ shape }, [y, dy]) =>
    mapRows(shape, (at) => {
      const row = y.subarray(at, at + shape[1]);
      const inner = row.reduce((sum, value, j) => sum + value * dy[at + j], 0);
      return row.map((value, j) => value * (dy[at + j] - inner));
    }),
  lower: ({ shape }, { family }) => {
    const bind = { y: { input: 0 }, dy: { input: 1 }, dx: { output: true } } as const;
    return { kernels: [overRows("softmax_grad", gradCode, family, shape, bind)] };
  },
});

/** Softmax over the last dimension of x [B, C]. Source: torch.nn.functional.softmax. */
export function softmax(x: Tensor): Tensor {
  return apply(softmaxOp, [x], null);
}
