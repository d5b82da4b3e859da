import code from "../../../shaders/norm/batch_norm_training.wgsl" with { type: "text" };
import gradCode from "../../../shaders/norm/batch_norm_training_grad.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import moments_of from "../../../shaders/norm/moments_of.wgsl" with { type: "text" };
import norm_vectors from "../../../shaders/norm/norm_vectors.wgsl" with { type: "text" };
import norm_walk from "../../../shaders/norm/norm_walk.wgsl" with { type: "text" };
import type { Communicator } from "../../graph/communicator.ts";
import { apply, defineOp, type Family, type Kernel, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { matrixOf } from "../../kernel/layout.ts";
import { sameShape, type Shape } from "../../kernel/shape.ts";
import type { StridedView } from "../../kernel/view.ts";
import { batchNormSums } from "./batch_norm_sums.ts";
import { channelMoments } from "./channel_moments.ts";
import { addSums } from "./sum_parts.ts";
import { sumsOfRanks } from "./sync_moments.ts";
import { joining, joinMoments, type Parts } from "./moment_parts.ts";
import { moving, type RunningMomentsAttrs } from "../effects/running_moments.ts";
import { grid2d } from "../lowering/elementwise.ts";
import { alongRows, downColumns } from "./norm_walk.ts";
import { row } from "../shape/row.ts";

/** A batch norm and what a plan fuses into it. */
interface BatchNormTrainingAttrs {
  /** Added to the variance under the root. */
  eps: number;
  /** A fifth input is added to the result, before the relu. */
  residual: boolean;
  /** The residual that is not written: the fifth input is what it is made of. */
  seen?: { readonly tensor: Tensor; readonly view: StridedView };
  /** The result is rectified. */
  relu: boolean;
  /** The moments come in parts, [parts, 2, C]. */
  parts?: Parts;
  /** The kernel writes the moments that it joined beside its result. */
  tells?: boolean;
  /** The last two inputs are running estimates, which the kernel moves by the moments. */
  moves?: RunningMomentsAttrs;
  /** The moments are those of all ranks. */
  communicator?: Communicator;
}

/** `y = act((x - mean) gamma / sqrt(variance + eps) + beta + residual)`, with the mean and variance of x itself. */
export const batchNormTrainingOp: Op<BatchNormTrainingAttrs> = defineOp<BatchNormTrainingAttrs>({
  name: "batch_norm_training",
  infer: (inputs, { residual, parts, seen }) => {
    const [x, gamma, beta, moments, added] = inputs;
    const c = x.shape.at(-1)!;
    const fits = x.shape.length >= 2 && sameShape(gamma.shape, [c]) && sameShape(beta.shape, [c]) &&
      sameShape(moments.shape, parts ? [parts.parts, 2, c] : [2, c]) &&
      (!residual || sameShape((seen?.tensor ?? added).shape, x.shape));
    if (!fits) {
      const takes = "x [..., C], gamma and beta [C], moments [2, C] and perhaps a residual like x";
      throw misfit("batch_norm_training", takes, inputs, "the channels differ");
    }
    return { shape: x.shape, dtype: "f32" as const };
  },
  // The gradient of x already has the part that flows through the moments, for they depend on x alone.
  gradient: ({ inputs: [x, gamma, , moments], attrs: { eps, communicator } }, dy) => {
    const sums = batchNormSums(dy, x, moments, eps);
    const all = communicator ? sumsOfRanks(sums, x, communicator) : sums;
    const dx = apply(batchNormTrainingGradOp, [dy, x, gamma, moments, all], { eps, masked: false });
    return [dx, row(sums, 1), row(sums, 0), null];
  },
  reference: ({ shape, attrs: { eps, relu, residual, parts, seen } }, [x, gamma, beta, given, fifth]) => {
    const added = seen ? seen.tensor.op.reference(seen.tensor, [fifth]) : fifth;
    const channels = shape.at(-1)!;
    const moments = parts ? joinMoments(given, parts, channels) : given;
    return x.map((value, i) => {
      const c = i % channels;
      const scale = gamma[c] / Math.sqrt(moments[channels + c] + eps);
      const y = (value - moments[c]) * scale + beta[c] + (residual ? added[i] : 0);
      return relu ? Math.max(y, 0) : y;
    });
  },
  wants: ["fast", "any", "any", "fast", "fast"],
  lower: ({ shape, attrs: { eps, relu, residual, parts, tells, moves, seen } }, { family }) => {
    const names = ["x", "gamma", "beta", "moments", ...residual ? ["residual"] : []];
    const estimates = moves ? ["running_mean", "running_variance"] : [];
    const joined = parts ? joining(parts) : null;
    const moved = moves ? moving(shape.at(-1)!, moves) : null;
    const constants = { EPS: eps, ...joined?.constants, ...moved?.constants };
    const walk = overPlaces(shape, family, constants, [...joined?.sizes ?? [], ...moved?.sizes ?? []]);
    return {
      kernels: [{
        label: "batch_norm_training",
        code,
        bind: {
          ...inputsNamed([...names, ...estimates], tells),
          ...seen && { residual: { input: 4, view: seen.view } },
        },
        defines: { RELU: +relu, RESIDUAL: +residual, TELLS: +!!tells, MOVES: +!!moves, ...joined?.defines },
        ...walk,
        includes: { ...walk.includes, ...joined?.includes, ...moved?.includes },
      }],
    };
  },
});

/** Attributes of {@link batchNormTrainingGradOp}; the first two mean the same as in `batch_norm_sums`. */
interface BatchNormTrainingGradAttrs {
  eps: number;
  masked: boolean;
  /** The sums come in parts, [parts, 2, C]. */
  parts?: Parts;
  /** The kernel writes the sums that it added up beside its result. */
  tells?: boolean;
}

/** `dx = gamma / deviation (dy - sums[0] / N - xhat sums[1] / N)`; inputs dy, x, gamma, moments, sums, and beta if masked. */
export const batchNormTrainingGradOp: Op<BatchNormTrainingGradAttrs> = defineOp<BatchNormTrainingGradAttrs>({
  name: "batch_norm_training_grad",
  infer: ([, x]) => ({ shape: x.shape, dtype: "f32" as const }),
  reference: ({ shape, attrs: { eps, masked, parts } }, [dy, x, gamma, moments, given, beta]) => {
    const channels = shape.at(-1)!;
    const share = channels / x.length;
    const deviation = (c: number) => Math.sqrt(moments[channels + c] + eps);
    const sums = parts ? addSums(given, moments.length) : given;
    if (parts) { for (let c = 0; c < channels; c++) sums[channels + c] /= deviation(c); }
    return x.map((value, i) => {
      const c = i % channels;
      const normalised = (value - moments[c]) / deviation(c);
      const above = masked && gamma[c] * normalised + beta[c] <= 0 ? 0 : dy[i];
      return gamma[c] / deviation(c) * (above - share * (sums[c] + normalised * sums[channels + c]));
    });
  },
  wants: ["fast", "fast", "any", "fast", "fast"],
  lower: ({ shape, size, attrs: { eps, masked, parts, tells } }, { family }) => {
    const bind = inputsNamed(["dy", "x", "gamma", "moments", "sums", ...masked ? ["beta"] : []], tells);
    const defines = { MASKED: +masked, PARTS: parts?.parts ?? 0, TELLS: +!!tells };
    const walk = overPlaces(shape, family, { EPS: eps, SHARE: shape.at(-1)! / size }, ["SHARE"]);
    return { kernels: [{ label: "batch_norm_training_grad", code: gradCode, bind, defines, ...walk }] };
  },
});

function inputsNamed(names: readonly string[], tells = false): Kernel["bind"] {
  return {
    ...Object.fromEntries(names.map((name, input) => [name, { input }])),
    y: { output: true },
    ...tells && { told: { beside: true } },
  };
}

/** Constants of the walk that depend on the rows, and so on the batch. */
const WALK = ["FIRST", "REACH", "STEP", "ROWS"] as const;

function overPlaces(
  shape: Shape,
  family: Family,
  constants: Record<string, number>,
  sizes: readonly string[] = [],
): Pick<Kernel, "constants" | "sizes" | "includes" | "workgroups"> {
  const { rows, width, cols } = matrixOf(shape);
  const groups = cols / width;
  const { blocks, phases, ...walk } = family === "lane"
    ? alongRows(rows, width, groups)
    : downColumns(rows, cols);
  const all = { ...constants, ...walk, PHASES: phases, GROUPS: groups, ROWS: rows, WIDE: cols };
  return {
    includes: { grid, moments_of, norm_vectors, norm_walk },
    ...grid2d(blocks, phases, all, [...WALK, ...sizes]),
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
