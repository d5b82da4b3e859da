import code from "../../../shaders/loss/log_softmax.wgsl" with { type: "text" };
import gradCode from "../../../shaders/loss/log_softmax_grad.wgsl" with { type: "text" };
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { columnsOf, logSumExpOf, mapRows, overRows, rowsOperand, rowsRule } from "../lowering/rows.ts";

/** `y[b, j] = x[b, j] - log sum_k exp x[b, k]`. */
const logSoftmaxOp: Op<null> = defineOp({
  name: "log_softmax",
  autocast: "f32",
  infer: (inputs) => rowsRule("log_softmax", inputs),
  gradient: (y, dy) => [apply(logSoftmaxGradOp, [y, dy], null)],
  reference: ({ shape }, [x]) =>
    mapRows(shape, (at) => {
      const row = x.subarray(at, at + columnsOf(shape));
      const lse = logSumExpOf(row);
      return row.map((value) => value - lse);
    }),
  wants: ["fast"],
  lower: ({ shape }, { family }) => ({
    kernels: [
      overRows("log_softmax", code, family, shape, {
        x: rowsOperand({ input: 0 }, shape),
        y: rowsOperand({ output: true }, shape),
      }),
    ],
  }),
});

/** `dx[b, j] = dy[b, j] - exp y[b, j] sum_k dy[b, k]`. */
const logSoftmaxGradOp: Op<null> = defineOp({
  name: "log_softmax_grad",
  autocast: "f32",
  infer: (inputs) => rowsRule("log_softmax_grad", inputs),
  reference: ({ shape }, [y, dy]) =>
    mapRows(shape, (at) => {
      const row = dy.subarray(at, at + columnsOf(shape));
      const sum = row.reduce((total, value) => total + value, 0);
      return row.map((value, j) => value - Math.exp(y[at + j]) * sum);
    }),
  lower: ({ shape }, { family }) => {
    const bind = {
      y: rowsOperand({ input: 0 }, shape),
      dy: rowsOperand({ input: 1 }, shape),
      dx: rowsOperand({ output: true }, shape),
    };
    return { kernels: [overRows("log_softmax_grad", gradCode, family, shape, bind)] };
  },
});

/** Logarithm of the softmax over the last dimension of x [..., C], of rank 2 or more. Source: torch.nn.functional.log_softmax. */
export function logSoftmax(x: Tensor): Tensor {
  return apply(logSoftmaxOp, [x], null);
}
