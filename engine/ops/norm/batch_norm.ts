import code from "../../../shaders/norm/batch_norm.wgsl" with { type: "text" };
import scaleCode from "../../../shaders/norm/batch_norm_scale.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { batchNormSums } from "./batch_norm_sums.ts";
import { elementwise, overVectors } from "../lowering/elementwise.ts";
import { mul } from "../arithmetic/mul.ts";
import { row } from "../shape/row.ts";
import { scale as times } from "../arithmetic/scale.ts";
import { constant } from "../../graph/source.ts";

/** `y = (x - mean) scale + beta`, per channel. */
export const batchNormOp: Op<null> = defineOp<null>({
  name: "batch_norm",
  infer: (inputs) => {
    const [x, ...perChannel] = inputs;
    const channels = x.shape.at(-1)!;
    if (x.shape.length < 2 || perChannel.some((t) => t.shape.length !== 1 || t.size !== channels)) {
      throw misfit("batch_norm", "x [..., C] and scale, beta and mean [C]", inputs, "the channels differ");
    }
    return { shape: x.shape, dtype: "f32" as const };
  },
  gradient: ({ inputs: [x, scale, , mean] }, dy) => {
    const none = filled(scale, 0);
    const sums = batchNormSums(dy, x, mean, null);
    const dbeta = row(sums, 0);
    return [
      apply(batchNormOp, [dy, scale, none, none], null),
      row(sums, 1),
      dbeta,
      times(mul(dbeta, scale), -1),
    ];
  },
  reference: (node, [x, scale, beta, mean]) => {
    const channels = node.shape.at(-1)!;
    return x.map((value, i) => (value - mean[i % channels]) * scale[i % channels] + beta[i % channels]);
  },
  lower: (node) => {
    const constants = { GROUPS: Math.ceil(node.shape.at(-1)! / 4) };
    const names = ["x", "scale", "beta", "mean"];
    return { kernels: [overVectors("batch_norm", code, node, names, { constants })] };
  },
});

/** `gamma / sqrt(variance + eps)`, per channel. */
const batchNormScaleOp: Op<{ eps: number }> = defineOp<{ eps: number }>({
  name: "batch_norm_scale",
  infer: (inputs) => {
    const [{ shape, size }, variance] = inputs;
    if (shape.length !== 1 || variance.shape.length !== 1 || variance.size !== size) {
      throw misfit("batch_norm_scale", "gamma and variance [C]", inputs, "the channels differ");
    }
    return { shape, dtype: "f32" as const };
  },
  gradient: (y, dy) => {
    const inverse = apply(batchNormScaleOp, [filled(y, 1), y.inputs[1]], y.attrs);
    const dgamma = mul(dy, inverse);
    return [dgamma, times(mul(mul(dgamma, y), inverse), -0.5)];
  },
  reference: (node, [gamma, variance]) =>
    gamma.map((value, c) => value / Math.sqrt(variance[c] + node.attrs.eps)),
  lower: (node, context) => {
    const constants = { EPS: node.attrs.eps };
    return elementwise("batch_norm_scale", scaleCode, node, context, ["gamma", "variance"], { constants });
  },
});

function filled({ shape, size }: Tensor, value: number): Tensor {
  return constant(new Float32Array(size).fill(value), shape);
}

/** The per-channel vectors of a batch norm, each [C]. */
export interface BatchNormVectors {
  /** Factor after normalising. */
  gamma: Tensor;
  /** Added after normalising. */
  beta: Tensor;
  /** Mean that is subtracted before. */
  mean: Tensor;
  /** Biased variance; the root of variance + eps divides. */
  variance: Tensor;
}

/** The factor of a batch norm, `gamma / sqrt(variance + eps)` [C]. */
function batchNormScale({ gamma, variance }: BatchNormVectors, eps: number): Tensor {
  return apply(batchNormScaleOp, [gamma, variance], { eps });
}

/**
 * Batch normalisation with given statistics, `y = (x - mean) / sqrt(variance + eps) gamma + beta`.
 *
 * @param x [..., C]. @param vectors Each [C]: running statistics; for those of the batch
 * see {@link batchNormTraining}.
 * @returns The shape of x. @throws {ShapeError} when the channels differ. Source: torch.nn.functional.batch_norm.
 */
export function batchNorm(x: Tensor, vectors: BatchNormVectors, eps = 1e-5): Tensor {
  return apply(batchNormOp, [x, batchNormScale(vectors, eps), vectors.beta, vectors.mean], null);
}
