import code from "../../../shaders/effects/running_moments.wgsl" with { type: "text" };
import move_estimates from "../../../shaders/effects/move_estimates.wgsl" with { type: "text" };
import { apply, defineOp, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { sameShape } from "../../kernel/shape.ts";

/** Attributes of an update of running moments. */
export interface RunningMomentsAttrs {
  /** Share of the batch. */
  momentum: number;
  /** Values of each channel in the batch; Infinity where the variance is unbiased already. */
  count: number;
}

/** In place: both estimates move towards the moments by `momentum`, the variance made unbiased for `count` values. */
export const runningMomentsOp: Op<RunningMomentsAttrs> = defineOp<RunningMomentsAttrs>({
  name: "running_moments",
  infer: (inputs) => {
    const [mean, variance, moments] = inputs;
    const fits = mean.shape.length === 1 && sameShape(variance.shape, mean.shape) &&
      sameShape(moments.shape, [2, mean.size]);
    if (!fits) {
      throw misfit(
        "running_moments",
        "mean and variance [C] and moments [2, C]",
        inputs,
        "the channels differ",
      );
    }
    return { shape: moments.shape, dtype: "f32" as const };
  },
  reference: ({ attrs: { momentum, count } }, [mean, variance, moments]) =>
    moments.map((value, i) => {
      const c = i - mean.length;
      const [old, now] = c < 0 ? [mean[i], value] : [variance[c], value * unbiasedBy(count)];
      return (1 - momentum) * old + momentum * now;
    }),
  writes: [0, 1],
  wants: ["buffer", "buffer", "any"],
  lower: ({ inputs: [mean], attrs }) => ({
    kernels: [{
      label: "running_moments",
      code,
      bind: { running_mean: { input: 0 }, running_variance: { input: 1 }, moments: { input: 2 } },
      ...moving(mean.size, attrs),
      workgroups: [Math.ceil(mean.size / 256), 1, 1],
    }],
  }),
});

const unbiasedBy = (count: number) => count === Infinity ? 1 : count / (count - 1);

/** Includes, constants and sizes of kernels that move running estimates, bound as `running_mean` and `running_variance`. */
export function moving(
  channels: number,
  { momentum, count }: RunningMomentsAttrs,
): Pick<Kernel, "constants" | "sizes"> & { includes: { move_estimates: string } } {
  const constants = { CHANNELS: channels, MOMENTUM: momentum, UNBIASED: unbiasedBy(count) };
  return { constants, sizes: ["CHANNELS", "UNBIASED"], includes: { move_estimates } };
}

/**
 * Update of the running estimates of a batch norm, as torch keeps them: the biased variance of the batch is stored
 * unbiased. The node's value is both estimates after the step, [2, C].
 *
 * @param mean, variance Parameters [C], updated in place. @param moments [2, C], of the batch.
 * @param options Share of the batch, and how many values of each channel it has, at least 2.
 */
export function runningMoments(
  mean: Tensor,
  variance: Tensor,
  moments: Tensor,
  options: RunningMomentsAttrs,
): Tensor {
  return apply(runningMomentsOp, [mean, variance, moments], options);
}
