import code from "../../../shaders/norm/batch_norm_sums.wgsl" with { type: "text" };
import totalCode from "../../../shaders/norm/batch_norm_sums_total.wgsl" with { type: "text" };
import moments_of from "../../../shaders/norm/moments_of.wgsl" with { type: "text" };
import norm_vectors from "../../../shaders/norm/norm_vectors.wgsl" with { type: "text" };
import {
  apply,
  defineOp,
  type Kernel,
  misfit,
  type Op,
  type Operand,
  type Tensor,
} from "../../graph/node.ts";
import { sameShape } from "../../kernel/shape.ts";
import { type ChannelParts, channelParts } from "./channel_parts.ts";

/** Attributes of the sums. */
export interface BatchNormSumsAttrs {
  /** Added to the variance under the root; null leaves the deviation out, and then moments may be means alone. */
  eps: number | null;
  /** A relu followed the norm: dy counts only where the norm's result, found again by gamma and beta, is positive. */
  masked: boolean;
}

/** `y[0, c] = sum of dy`, `y[1, c] = sum of dy (x - mean[c]) / sqrt(variance[c] + eps)`: the gradients of beta and gamma. */
export const batchNormSumsOp: Op<BatchNormSumsAttrs> = defineOp<BatchNormSumsAttrs>({
  name: "batch_norm_sums",
  autocast: "f32",
  infer: (inputs, { eps }) => {
    const [dy, x, moments] = inputs;
    const channels = x.shape.at(-1)!;
    const wanted = eps === null ? [channels] : [2, channels];
    if (x.shape.length < 2 || !sameShape(dy.shape, x.shape) || !sameShape(moments.shape, wanted)) {
      const takes = `dy and x [..., C] and ${eps === null ? "means [C]" : "moments [2, C]"}`;
      throw misfit("batch_norm_sums", takes, inputs, "dy belongs to another norm");
    }
    return { shape: [2, channels], dtype: "f32" as const };
  },
  reference: ({ shape: [, channels], attrs: { eps, masked } }, [dy, x, moments, gamma, beta]) => {
    const deviation = (c: number) => eps === null ? 1 : Math.sqrt(moments[channels + c] + eps);
    const sums = new Float64Array(2 * channels);
    dy.forEach((value, i) => {
      const c = i % channels;
      const normalised = (x[i] - moments[c]) / deviation(c);
      if (masked && gamma[c] * normalised + beta[c] <= 0) return;
      sums[c] += value;
      sums[channels + c] += value * normalised;
    });
    return sums;
  },
  wants: ["fast", "fast", "fast"],
  lower: ({ inputs: [, x], attrs }, { family }) => {
    const channelwise = channelParts(x.shape, family);
    const { groups, parts, second } = channelwise;
    const { eps } = attrs;
    const sums = { scratch: 0, view: channelwise.scratch };
    const partial = sumsKernel(attrs, channelwise, sums);
    const normalised = eps !== null;
    const total: Kernel = {
      label: "batch_norm_sums_total",
      code: totalCode,
      bind: { sums, ...normalised && { moments: { input: 2 } }, y: { output: true } },
      defines: { NORMALISED: Number(normalised) },
      ...second,
      constants: { GROUPS: groups, PARTS: parts, ...normalised && { EPS: eps } },
      sizes: ["GROUPS", "PARTS"],
    };
    return { scratch: [parts * 2 * groups * 16], kernels: [partial, total] };
  },
});

/** The kernel that adds up each part of the pixels. */
export function sumsKernel(
  { eps, masked }: BatchNormSumsAttrs,
  { first }: ChannelParts,
  sums: Operand,
): Kernel {
  const [moments, gamma, beta] = [{ input: 2 }, { input: 3 }, { input: 4 }];
  return {
    label: "batch_norm_sums",
    code,
    bind: { dy: { input: 0 }, x: { input: 1 }, moments, ...masked && { gamma, beta }, sums },
    defines: { MASKED: Number(masked) },
    includes: { ...first.includes, moments_of, norm_vectors },
    constants: masked ? { ...first.constants, EPS: eps! } : first.constants,
    ...first.sizes && { sizes: first.sizes },
    workgroups: first.workgroups,
  };
}

/**
 * Sums for the gradient of a batch norm, in one pass: for each channel the sum of dy, and the sum of dy times the
 * normalised x.
 *
 * @param dy, x [..., C]. @param moments [2, C] as {@link channelMoments} gives them; or, where eps is null, means [C],
 * and x is not divided by its deviation.
 * @returns [2, C].
 */
export function batchNormSums(dy: Tensor, x: Tensor, moments: Tensor, eps: number | null): Tensor {
  return apply(batchNormSumsOp, [dy, x, moments], { eps, masked: false });
}
