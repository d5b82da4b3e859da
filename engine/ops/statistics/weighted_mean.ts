import code from "../../../shaders/statistics/weighted_mean.wgsl" with { type: "text" };
import gradCode from "../../../shaders/statistics/weighted_mean_grad.wgsl" with { type: "text" };
import {
  apply,
  defineOp,
  type Kernel,
  misfit,
  type Op,
  type Operand,
  type Tensor,
} from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import { sameShape } from "../../kernel/shape.ts";
import { ofChannels } from "../lowering/channels.ts";
import { WORKGROUP_SUM } from "../lowering/workgroup_sum.ts";
import { mean } from "./mean.ts";

/** `y = sum_b w[b] v[b] / sum_b w[b]`; nothing flows back to the weights. */
const weightedMeanOp: Op<null> = defineOp({
  name: "weighted_mean",
  infer: (inputs) => {
    const [values, weights] = inputs;
    const fits = values.shape.length === 1 && sameShape(weights.shape, values.shape) &&
      values.dtype === "f32" && weights.dtype === "f32";
    if (!fits) {
      throw misfit("weighted_mean", "values [B] and weights [B]", inputs, "weights are one per sample");
    }
    return { shape: [], dtype: "f32" as const };
  },
  gradient: ({ inputs: [, weights] }, dy) => [apply(weightedMeanGradOp, [weights, dy], null), null],
  reference: (_, [values, weights]) =>
    Float64Array.of(values.reduce((sum, v, b) => sum + weights[b] * v, 0) / total(weights)),
  lower: ({ inputs: [values] }) => {
    const bind = { values: { input: 0 }, weights: { input: 1 }, y: { output: true } } as const;
    return { kernels: [oneWorkgroup("weighted_mean", code, values, bind)] };
  },
});

/** `dvalues[b] = dy w[b] / sum_j w[j]`. */
const weightedMeanGradOp: Op<null> = defineOp({
  name: "weighted_mean_grad",
  infer: ([weights]) => ({ shape: weights.shape, dtype: "f32" as const }),
  reference: (_, [weights, dy]) => weights.map((w) => dy[0] * w / total(weights)),
  lower: ({ inputs: [weights] }) => {
    const bind = { weights: { input: 0 }, dy: { input: 1 }, dvalues: { output: true } } as const;
    return { kernels: [oneWorkgroup("weighted_mean_grad", gradCode, weights, bind)] };
  },
});

function oneWorkgroup(label: string, code: string, over: Tensor, bind: Record<string, Operand>): Kernel {
  const { constants, sizes, includes } = ofChannels(over.shape);
  return {
    label,
    code,
    bind,
    includes: { ...includes, ...WORKGROUP_SUM },
    constants: { ...constants, COUNT: matrixOf(over.shape).cols },
    sizes: [...sizes, "COUNT"],
    workgroups: [1, 1, 1],
  };
}

function total(weights: Float64Array): number {
  return weights.reduce((sum, w) => sum + w, 0);
}

/**
 * Mean of values by weight, `sum w v / sum w`, a scalar `[]`: the reduction of torch.nn.functional.cross_entropy.
 *
 * @param values [B]. @param weights [B], constant for the gradient; null for the plain mean.
 * @throws {ShapeError} when they do not fit each other.
 */
export function weightedMean(values: Tensor, weights: Tensor | null): Tensor {
  return weights ? apply(weightedMeanOp, [values, weights], null) : mean(values);
}
