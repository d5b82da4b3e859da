import { gather } from "../ops/gather.ts";
import { gml } from "../ops/gml.ts";
import { softmaxNll } from "../ops/softmax_nll.ts";
import { weightedMean } from "../ops/weighted_mean.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Cross-entropy, `sum_i w_yi nll_i / sum_i w_yi` with `nll_i = -log softmax(z_i)[y_i]`.
 *
 * @param logits z [B, C]. @param labels y, u32 [B].
 * @param options.weights w [C], a weight for each class; default all 1.
 * @returns A scalar `[]`.
 * @throws {ShapeError} when they do not fit each other. Source: torch.nn.functional.cross_entropy.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: { weights?: Tensor } = {}): Tensor {
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
 */
export function gmlLoss(logits: Tensor, labels: Tensor, logPrior: Tensor): Tensor {
  return gml(softmaxNll(logits, labels, logPrior), labels);
}
