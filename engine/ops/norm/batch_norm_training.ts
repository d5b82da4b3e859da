import code from "../../../shaders/norm/batch_norm_training.wgsl" with { type: "text" };
import gradCode from "../../../shaders/norm/batch_norm_training_grad.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import norm_vectors from "../../../shaders/norm/norm_vectors.wgsl" with { type: "text" };
import { apply, defineOp, type Family, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import { sameShape, type Shape } from "../../kernel/shape.ts";
import { batchNormSums } from "./batch_norm_sums.ts";
import { channelMoments } from "./channel_moments.ts";
import { grid2d } from "../lowering/elementwise.ts";
import { row } from "../shape/row.ts";

/** A batch norm and what a plan fuses into it. */
interface BatchNormTrainingAttrs {
  /** Added to the variance under the root. */
  eps: number;
  /** A fifth input is added to the result, before the relu. */
  residual: boolean;
  /** The result is rectified. */
  relu: boolean;
}

/** Rows of the matrix view that an invocation takes, having loaded the vectors of its channels once. */
const ROWS_EACH = { lane: 8, tile: 4 } as const;

/** `y = act((x - mean) gamma / sqrt(variance + eps) + beta + residual)`, with the mean and variance of x itself. */
export const batchNormTrainingOp: Op<BatchNormTrainingAttrs> = defineOp<BatchNormTrainingAttrs>({
  name: "batch_norm_training",
  infer: (inputs) => {
    const [x, gamma, beta, moments, residual] = inputs;
    const c = x.shape.at(-1)!;
    const fits = x.shape.length >= 2 && sameShape(gamma.shape, [c]) && sameShape(beta.shape, [c]) &&
      sameShape(moments.shape, [2, c]) && (!residual || sameShape(residual.shape, x.shape));
    if (!fits) {
      const takes = "x [..., C], gamma and beta [C], moments [2, C] and perhaps a residual like x";
      throw misfit("batch_norm_training", takes, inputs, "the channels differ");
    }
    return { shape: x.shape, dtype: "f32" as const };
  },
  // The gradient of x already has the part that flows through the moments, for they depend on x alone.
  gradient: ({ inputs: [x, gamma, , moments], attrs: { eps } }, dy) => {
    const sums = batchNormSums(dy, x, moments, eps);
    const dx = apply(batchNormTrainingGradOp, [dy, x, gamma, moments, sums], { eps, masked: false });
    return [dx, row(sums, 1), row(sums, 0), null];
  },
  reference: ({ shape, attrs: { eps, relu } }, [x, gamma, beta, moments, residual]) => {
    const channels = shape.at(-1)!;
    return x.map((value, i) => {
      const c = i % channels;
      const scale = gamma[c] / Math.sqrt(moments[channels + c] + eps);
      const y = (value - moments[c]) * scale + beta[c] + (residual?.[i] ?? 0);
      return relu ? Math.max(y, 0) : y;
    });
  },
  wants: ["fast", "any", "any", "fast", "fast"],
  lower: ({ shape, attrs: { eps, relu, residual } }, { family }) => {
    const bind = inputsNamed(["x", "gamma", "beta", "moments", ...residual ? ["residual"] : []]);
    const defines = { RELU: Number(relu), RESIDUAL: Number(residual) };
    const columns = overColumns(shape, family, { EPS: eps });
    return { kernels: [{ label: "batch_norm_training", code, bind, defines, ...columns }] };
  },
});

/** Attributes of {@link batchNormTrainingGradOp}; they mean the same as in `batch_norm_sums`. */
interface BatchNormTrainingGradAttrs {
  eps: number;
  masked: boolean;
}

/** `dx = gamma / deviation (dy - sums[0] / N - xhat sums[1] / N)`; inputs dy, x, gamma, moments, sums, and beta if masked. */
export const batchNormTrainingGradOp: Op<BatchNormTrainingGradAttrs> = defineOp<BatchNormTrainingGradAttrs>({
  name: "batch_norm_training_grad",
  infer: ([, x]) => ({ shape: x.shape, dtype: "f32" as const }),
  reference: ({ shape, attrs: { eps, masked } }, [dy, x, gamma, moments, sums, beta]) => {
    const channels = shape.at(-1)!;
    const share = channels / x.length;
    return x.map((value, i) => {
      const c = i % channels;
      const deviation = Math.sqrt(moments[channels + c] + eps);
      const normalised = (value - moments[c]) / deviation;
      const above = masked && gamma[c] * normalised + beta[c] <= 0 ? 0 : dy[i];
      return gamma[c] / deviation * (above - share * (sums[c] + normalised * sums[channels + c]));
    });
  },
  wants: ["fast", "fast", "any", "fast", "fast"],
  lower: ({ shape, size, attrs: { eps, masked } }, { family }) => {
    const bind = inputsNamed(["dy", "x", "gamma", "moments", "sums", ...masked ? ["beta"] : []]);
    const defines = { MASKED: Number(masked) };
    const columns = overColumns(shape, family, { EPS: eps, SHARE: shape.at(-1)! / size }, ["SHARE"]);
    return { kernels: [{ label: "batch_norm_training_grad", code: gradCode, bind, defines, ...columns }] };
  },
});

function inputsNamed(names: readonly string[]): Kernel["bind"] {
  return {
    ...Object.fromEntries(names.map((name, input) => [name, { input }])),
    y: { output: true },
  };
}

function overColumns(
  shape: Shape,
  family: Family,
  constants: Record<string, number>,
  sizes: readonly string[] = [],
): Pick<Kernel, "constants" | "sizes" | "includes" | "workgroups"> {
  const { rows, width, cols } = matrixOf(shape);
  const step = Math.ceil(rows / ROWS_EACH[family]);
  return {
    includes: { grid, norm_vectors },
    ...grid2d(step, cols, { ...constants, GROUPS: cols / width, ROWS: rows, STEP: step }, [
      "ROWS",
      "STEP",
      ...sizes,
    ]),
  };
}

/**
 * Batch normalisation by the batch's own statistics, `y = (x - mean) / sqrt(variance + eps) gamma + beta`, as in
 * training; its gradient goes through the statistics.
 *
 * @param x [..., C]. @param vectors gamma and beta [C].
 * @returns y of the shape of x, and the moments [2, C]: mean and biased variance.
 * @throws {ShapeError} when the channels differ. Source: torch.nn.functional.batch_norm, training=True.
 */
export function batchNormTraining(
  x: Tensor,
  { gamma, beta }: { gamma: Tensor; beta: Tensor },
  eps = 1e-5,
): { y: Tensor; moments: Tensor } {
  const moments = channelMoments(x);
  const attrs = { eps, relu: false, residual: false };
  return { y: apply(batchNormTrainingOp, [x, gamma, beta, moments], attrs), moments };
}
