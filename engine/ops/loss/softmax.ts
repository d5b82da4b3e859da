import code from "../../../shaders/loss/softmax.wgsl" with { type: "text" };
import gradCode from "../../../shaders/loss/softmax_grad.wgsl" with { type: "text" };
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { columnsOf, logSumExpOf, mapRows, overRows, rowsOperand, rowsRule } from "../lowering/rows.ts";

/** `y[b, j] = exp x[b, j] / sum_k exp x[b, k]`. */
const softmaxOp: Op<null> = defineOp({
  name: "softmax",
  autocast: "f32",
  infer: (inputs) => rowsRule("softmax", inputs),
  gradient: (y, dy) => [apply(softmaxGradOp, [y, dy], null)],
  reference: ({ shape }, [x]) =>
    mapRows(shape, (at) => {
      const row = x.subarray(at, at + columnsOf(shape));
      const lse = logSumExpOf(row);
      return row.map((value) => Math.exp(value - lse));
    }),
  wants: ["fast"],
  lower: ({ shape }, { family }) => ({
    kernels: [
      overRows("softmax", code, family, shape, {
        x: rowsOperand({ input: 0 }, shape),
        y: rowsOperand({ output: true }, shape),
      }),
    ],
  }),
});

/** `dx[b, j] = y[b, j] (dy[b, j] - sum_k y[b, k] dy[b, k])`. */
const softmaxGradOp: Op<null> = defineOp({
  name: "softmax_grad",
  autocast: "f32",
  infer: (inputs) => rowsRule("softmax_grad", inputs),
  reference: ({ shape }, [y, dy]) =>
    mapRows(shape, (at) => {
      const row = y.subarray(at, at + columnsOf(shape));
      const inner = row.reduce((sum, value, j) => sum + value * dy[at + j], 0);
      return row.map((value, j) => value * (dy[at + j] - inner));
    }),
  lower: ({ shape }, { family }) => {
    const bind = {
      y: rowsOperand({ input: 0 }, shape),
      dy: rowsOperand({ input: 1 }, shape),
      dx: rowsOperand({ output: true }, shape),
    };
    return { kernels: [overRows("softmax_grad", gradCode, family, shape, bind)] };
  },
});

/**
 * Softmax over the last dimension of x [..., C], of rank 2 or more. Source: torch.nn.functional.softmax.
 *
 * @example
 * ```ts
 * import { softmax, tensor } from "everyclass";
 * console.log(await softmax(tensor([[0, 0]])).data()); // [0.5, 0.5]
 * ```
 */
export function softmax(x: Tensor): Tensor {
  return apply(softmaxOp, [x], null);
}
