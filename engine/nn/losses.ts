import { misfit, type Tensor } from "../graph/node.ts";
import { add } from "../ops/arithmetic/add.ts";
import { clamp } from "../ops/arithmetic/clamp.ts";
import { exp } from "../ops/arithmetic/exp.ts";
import { gather } from "../ops/shape/gather.ts";
import { gml } from "../ops/loss/gml.ts";
import { logSoftmax } from "../ops/loss/log_softmax.ts";
import { mul } from "../ops/arithmetic/mul.ts";
import { oneHot } from "../ops/shape/one_hot.ts";
import { pow } from "../ops/arithmetic/pow.ts";
import { neg, scale } from "../ops/arithmetic/scale.ts";
import { softmaxNll } from "../ops/loss/softmax_nll.ts";
import { sub } from "../ops/arithmetic/sub.ts";
import { mean } from "../ops/statistics/mean.ts";
import { weightedMean } from "../ops/statistics/weighted_mean.ts";
import { COSINE_SCALE } from "./heads.ts";

/**
 * Cross-entropy, `sum_i w_yi nll_i / sum_i w_yi` with `nll_i = -log softmax(z_i)[y_i]`.
 *
 * @param logits z [B, C]. @param labels y, u32 [B].
 * @param options.weights w [C], a weight for each class; default all 1.
 * @returns A scalar `[]`.
 * @throws {ShapeError} when they do not fit each other. Source: torch.nn.functional.cross_entropy.
 *
 * @example
 * ```ts
 * import { jit, shaped, type Tensor } from "everyclass";
 * import { crossEntropy } from "everyclass/nn";
 * using loss = jit((logits: Tensor, labels: Tensor) => crossEntropy(logits, labels));
 * const value = await loss(shaped(Float32Array.of(2, 0, 0, 2), [2, 2]), Uint32Array.of(0, 1));
 * console.log(await value.data()); // 0.127
 * ```
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  options: { weights?: Tensor | undefined } = {},
): Tensor {
  const { weights } = options;
  return weightedMean(softmaxNll(logits, labels, null), weights ? gather(weights, labels) : null);
}

/**
 * Balanced softmax: cross-entropy of `z + log N`, so that a class wins by its evidence and not by its size.
 *
 * @param logits z [B, C]. @param labels u32 [B].
 * @param logPrior log N [C], N the number of training images of each class; a constant added to all changes nothing.
 * @returns A scalar `[]`.
 * @throws {ShapeError} when they do not fit each other. Source: Ren et al., "Balanced Meta-Softmax for Long-Tailed
 * Visual Recognition", NeurIPS 2020.
 *
 * @example
 * ```ts
 * import { jit, shaped, type Tensor, tensor } from "everyclass";
 * import { balancedSoftmax } from "everyclass/nn";
 * using loss = jit((logits: Tensor, labels: Tensor) => balancedSoftmax(logits, labels, tensor([Math.log(90), Math.log(10)])));
 * const value = await loss(shaped(Float32Array.of(2, 0, 0, 2), [2, 2]), Uint32Array.of(0, 1));
 * console.log(await value.data()); // 0.407
 * ```
 */
export function balancedSoftmax(logits: Tensor, labels: Tensor, logPrior: Tensor): Tensor {
  return weightedMean(softmaxNll(logits, labels, logPrior), null);
}

/**
 * GML, the geometric mean loss: `-(1 / |E|) sum_{c in E} log pbar_c`, with pbar_c the mean over the batch's samples
 * of class c of `p_i = clamp(softmax(z_i + log N)[y_i], 1e-5, 1)`, and E the classes in the batch. A class that does
 * badly as a whole pulls hardest, however few its images.
 *
 * @param logits z [B, C]. @param labels u32 [B]. @param logPrior log N [C].
 * @returns A scalar `[]`.
 * @throws {ShapeError} when they do not fit each other. Source: Du and Wu, "No One Left Behind: Improving the Worst
 * Categories in Long-Tailed Learning", CVPR 2023.
 *
 * @example
 * ```ts
 * import { jit, shaped, type Tensor, tensor } from "everyclass";
 * import { gmlLoss } from "everyclass/nn";
 * using loss = jit((logits: Tensor, labels: Tensor) => gmlLoss(logits, labels, tensor([Math.log(90), Math.log(10)])));
 * const value = await loss(shaped(Float32Array.of(2, 0, 0, 2), [2, 2]), Uint32Array.of(0, 1));
 * console.log(await value.data()); // 0.407
 * ```
 */
export function gmlLoss(logits: Tensor, labels: Tensor, logPrior: Tensor): Tensor {
  return gml(softmaxNll(logits, labels, logPrior), labels);
}

/**
 * Focal loss, `sum_i w_yi (1 - p_i)^gamma nll_i / sum_i w_yi` with `p_i = softmax(z_i)[y_i]` and `nll_i = -log p_i`:
 * samples that are right already pull little. With gamma 0 it is {@linkcode crossEntropy}.
 *
 * @param logits z [B, C]. @param labels y, u32 [B].
 * @param options.gamma Not below 0; the paper's is 2.
 * @param options.weights w [C], a weight for each class; default all 1.
 * @returns A scalar `[]`.
 * @throws {ShapeError} when they do not fit each other. @throws {RangeError} when gamma is below 0. Source: Lin et al.,
 * "Focal Loss for Dense Object Detection", ICCV 2017.
 *
 * @example
 * ```ts
 * import { jit, shaped, type Tensor } from "everyclass";
 * import { focalLoss } from "everyclass/nn";
 * using loss = jit((logits: Tensor, labels: Tensor) => focalLoss(logits, labels, { gamma: 2 }));
 * const value = await loss(shaped(Float32Array.of(2, 0, 0, 2), [2, 2]), Uint32Array.of(0, 1));
 * console.log(await value.data()); // 0.0018
 * ```
 */
export function focalLoss(
  logits: Tensor,
  labels: Tensor,
  options: { gamma: number; weights?: Tensor | undefined },
): Tensor {
  const { gamma, weights } = options;
  if (!(gamma >= 0 && gamma < Infinity)) {
    throw new RangeError(`Cannot make a focal loss: it takes a gamma of at least 0, current one is ${gamma}`);
  }
  const nll = softmaxNll(logits, labels, null);
  // The clamp keeps 1 - p off 0, where a power below 1 has an infinite slope; p reaches 1 in float32.
  const miss = clamp(sub(1, exp(neg(nll))), 2 ** -24, 1);
  return weightedMean(mul(pow(miss, gamma), nll), weights ? gather(weights, labels) : null);
}

/**
 * LDAM: cross-entropy of `z_ik - scale m_k [k = y_i]`, so that a class has to win by its margin. It takes the logits
 * of a cosine classifier, `scale cos_ik`, such as {@linkcode headOf} makes.
 *
 * @param logits z [B, C]. @param labels y, u32 [B]. @param margins m [C], such as {@linkcode ldamMargins} gives.
 * @param options.scale Factor of the cosines; default 30. @param options.weights A weight for each
 * class [C]; default all 1.
 * @returns A scalar `[]`.
 * @throws {ShapeError} when they do not fit each other. Source: Cao et al., "Learning Imbalanced Datasets with
 * Label-Distribution-Aware Margin Loss", NeurIPS 2019.
 *
 * @example
 * ```ts
 * import { constant, jit, shaped, type Tensor } from "everyclass";
 * import { ldamLoss, ldamMargins } from "everyclass/nn";
 * using loss = jit((logits: Tensor, labels: Tensor) => ldamLoss(logits, labels, constant(ldamMargins([90, 10]), [2])));
 * const value = await loss(shaped(Float32Array.of(2, 0, 0, 2), [2, 2]), Uint32Array.of(0, 1));
 * console.log(await value.data()); // large, as these are no logits of a cosine classifier
 * ```
 */
export function ldamLoss(
  logits: Tensor,
  labels: Tensor,
  margins: Tensor,
  options: { scale?: number | undefined; weights?: Tensor | undefined } = {},
): Tensor {
  checkTable("ldamLoss", logits, labels, margins);
  const own = mul(oneHot(labels, margins.size), scale(margins, options.scale ?? COSINE_SCALE));
  return crossEntropy(sub(logits, own), labels, { weights: options.weights });
}

/**
 * Label-aware smoothing, `mean_i (1 - e_yi) nll_i + e_yi mean_k(-log p_ik)` with `p_i = softmax(z_i)` and
 * `nll_i = -log p_i[y_i]`: cross-entropy with labels that are smoothed class by class.
 *
 * @param logits z [B, C]. @param labels y, u32 [B].
 * @param smoothing e [C], from 0 to 1, such as {@linkcode smoothingFactors} gives.
 * @returns A scalar `[]`.
 * @throws {ShapeError} when they do not fit each other. Source: Zhong et al., "Improving Calibration for Long-Tailed
 * Recognition", CVPR 2021.
 *
 * @example
 * ```ts
 * import { constant, jit, shaped, type Tensor } from "everyclass";
 * import { labelAwareSmoothing, smoothingFactors } from "everyclass/nn";
 * using loss = jit((logits: Tensor, labels: Tensor) => labelAwareSmoothing(logits, labels, constant(smoothingFactors([90, 10], 0.4, 0.1), [2])));
 * const value = await loss(shaped(Float32Array.of(2, 0, 0, 2), [2, 2]), Uint32Array.of(0, 1));
 * console.log(await value.data()); // 0.377
 * ```
 */
export function labelAwareSmoothing(logits: Tensor, labels: Tensor, smoothing: Tensor): Tensor {
  checkTable("labelAwareSmoothing", logits, labels, smoothing);
  const nll = softmaxNll(logits, labels, null);
  const even = neg(mean(logSoftmax(logits), -1));
  return mean(add(nll, mul(gather(smoothing, labels), sub(even, nll))));
}

/** Refuses shapes that broadcasting would repeat to fit. */
function checkTable(loss: string, logits: Tensor, labels: Tensor, table: Tensor): void {
  const [rows, classes] = logits.shape;
  const fits = logits.shape.length === 2 && labels.shape.length === 1 && labels.size === rows &&
    table.shape.length === 1 && table.size === classes;
  if (fits) return;
  const takes = "logits [B, C], labels [B] and a value for each class [C]";
  throw misfit(loss, takes, [logits, labels, table], "labels of another batch, or other classes");
}
