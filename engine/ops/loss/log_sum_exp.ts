import code from "../../../shaders/loss/log_sum_exp.wgsl" with { type: "text" };
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { exp } from "../arithmetic/exp.ts";
import { mul } from "../arithmetic/mul.ts";
import { reshape } from "../shape/reshape.ts";
import { columnsOf, logSumExpOf, overRows, rowsOperand, rowsRule } from "../lowering/rows.ts";
import { sub } from "../arithmetic/sub.ts";

/** `y[b] = log sum_k exp x[b, k]`. */
const logSumExpOp: Op<null> = defineOp<null>({
  name: "log_sum_exp",
  autocast: "f32",
  infer: (inputs) => ({ shape: rowsRule("log_sum_exp", inputs).shape.slice(0, -1), dtype: "f32" }),
  gradient: (y, dy) => {
    const [x] = y.inputs;
    const rows = [...y.shape, 1];
    return [mul(exp(sub(x, reshape(y, rows))), reshape(dy, rows))];
  },
  reference: ({ inputs: [{ shape }], size }, [x]) => {
    const columns = columnsOf(shape);
    return Float64Array.from(
      { length: size },
      (_, b) => logSumExpOf(x.subarray(b * columns, (b + 1) * columns)),
    );
  },
  wants: ["fast"],
  dense: true,
  lower: ({ inputs: [{ shape }] }, { family }) => ({
    kernels: [
      overRows("log_sum_exp", code, family, shape, {
        x: rowsOperand({ input: 0 }, shape),
        y: { output: true },
      }),
    ],
  }),
});

/**
 * Logarithm of the sum of the exponentials over the last dimension. Large values do not overflow.
 *
 * @param x [..., C], of rank 2 or more. @returns [...]. @throws {ShapeError} when x is a vector or a scalar.
 * Source: torch.logsumexp.
 */
export function logSumExp(x: Tensor): Tensor {
  return apply(logSumExpOp, [x], null);
}
