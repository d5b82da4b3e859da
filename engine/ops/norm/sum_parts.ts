// The sums of a batch norm's gradient in parts, as plans compute them where the gradient adds up the parts by itself.
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { type BatchNormSumsAttrs, batchNormSumsOp, sumsKernel } from "./batch_norm_sums.ts";
import { channelParts } from "./channel_parts.ts";
import type { Parts } from "./moment_parts.ts";

/** Attributes of the sums, and how the pixels are divided. */
interface SumPartsAttrs extends BatchNormSumsAttrs {
  parts: Parts;
}

/** `y[p, 0, c] = sum of dy`, `y[p, 1, c] = sum of dy (x - mean[c])` over part p of the pixels. */
const sumPartsOp: Op<SumPartsAttrs> = defineOp<SumPartsAttrs>({
  name: "batch_norm_sum_parts",
  autocast: "f32",
  infer: ([, { shape }], { parts: { parts } }) => ({ shape: [parts, 2, shape.at(-1)!], dtype: "f32" }),
  reference: ({ size, shape: [, , channels], attrs: { eps, masked, parts: { length } } }, values) => {
    const [dy, x, moments, gamma, beta] = values;
    const y = new Float64Array(size);
    dy.forEach((value, i) => {
      const c = i % channels;
      const apart = x[i] - moments[c];
      if (masked && gamma[c] * apart / Math.sqrt(moments[channels + c] + eps!) + beta[c] <= 0) return;
      const at = 2 * Math.floor(Math.floor(i / channels) / length) * channels + c;
      y[at] += value;
      y[at + channels] += value * apart;
    });
    return y;
  },
  wants: batchNormSumsOp.wants,
  lower: ({ inputs: [, x], attrs }, { family }) => ({
    kernels: [sumsKernel(attrs, channelParts(x.shape, family), { output: true })],
  }),
});

/** The sums over parts of the pixels, of the inputs of {@link batchNormSumsOp}: [parts, 2, C]. */
export function sumParts(inputs: readonly Tensor[], attrs: BatchNormSumsAttrs, parts: Parts): Tensor {
  return apply(sumPartsOp, inputs, { ...attrs, parts });
}

/** Sums [2, C] that a norm's gradient, the first input, tells beside its result; then the parts and the moments. */
const toldSumsOp: Op<{ eps: number }> = defineOp<{ eps: number }>({
  name: "told_sums",
  autocast: "f32",
  beside: true,
  dense: true, // the gradient's kernel has five textures as it is
  infer: ([, , { shape }]) => ({ shape, dtype: "f32" }),
  reference: ({ size, attrs: { eps } }, [, found, moments]) => {
    const y = addSums(found, size);
    const channels = size / 2;
    return y.map((sum, i) => i < channels ? sum : sum / Math.sqrt(moments[i] + eps));
  },
});

/** The parts added up: [parts, 2, C] to [2, C]. */
export function addSums(found: Float64Array, size: number): Float64Array {
  const y = new Float64Array(size);
  found.forEach((value, i) => y[i % size] += value);
  return y;
}

/** Sums [2, C] as {@link batchNormSumsOp} gives them, which a norm's gradient by parts tells. */
export function toldSums(gradient: Tensor, found: Tensor, moments: Tensor, eps: number): Tensor {
  return apply(toldSumsOp, [gradient, found, moments], { eps });
}
