// paco - parametric contrast: the logits of the classes beside the likeness to other samples, in one softmax.
//
//   l_i      = [ z_i + log pi,  q_i . v_j / T  for v_j in q (but i), k, queue ]
//   log p_ij = l_ij - log( sum_classes exp l + gamma sum_samples exp l )
//   w_ij     = beta [j = y_i] among the classes, alpha [y_j = y_i] among the samples
//   loss     = -mean_i sum_j w_ij log p_ij / sum_j w_ij
//
// Since log p_ij is l_ij less one number of the row, the loss is that number less the weighted mean of the own l_ij. No
// probability is ever formed, and logSumExp subtracts the row's maximum. Gamma is added as its logarithm.
//
// 60,000 is subtracted from pairs that do not count: a sample with itself, and empty places of the queue.
import { misfit, type Tensor } from "../graph/node.ts";
import { add } from "../ops/arithmetic/add.ts";
import { arange, asNumbers } from "../ops/shape/as_numbers.ts";
import { equal, greaterEqual } from "../ops/arithmetic/compare.ts";
import { concat } from "../ops/shape/concat.ts";
import { div } from "../ops/arithmetic/div.ts";
import { logSumExp } from "../ops/loss/log_sum_exp.ts";
import { matmul } from "../ops/matmul/matmul.ts";
import { mul } from "../ops/arithmetic/mul.ts";
import { oneHot } from "../ops/shape/one_hot.ts";
import { reshape } from "../ops/shape/reshape.ts";
import { scale } from "../ops/arithmetic/scale.ts";
import { stopGradient } from "../ops/shape/stop_gradient.ts";
import { sub } from "../ops/arithmetic/sub.ts";
import { mean } from "../ops/statistics/mean.ts";
import { sum } from "../ops/reduce/sum.ts";
import { transpose } from "../ops/shape/transpose.ts";
import { where } from "../ops/arithmetic/where.ts";
import { sameShape } from "../kernel/shape.ts";

/** Temperature and weights of {@link pacoLoss}. */
export interface PacoWeights {
  /** T: the scale of the likeness between samples is 1 / T. */
  temperature: number;
  /** Weight of each sample of the own class. */
  alpha: number;
  /** Weight of the own class itself. */
  beta: number;
  /** Weight of all samples in the denominator. */
  gamma: number;
}

/** Tensors that {@link pacoLoss} takes. */
export interface PacoParts extends PacoWeights {
  /** z [B, C], of the first view of every image. */
  logits: Tensor;
  /** q [B, D], of length 1, of the same view. Gradients flow to q, both as anchors and as samples. */
  features: Tensor;
  /** k [B, D], of length 1, of the second view. No gradient flows to k. */
  keys: Tensor;
  /** The queue [K, D], of length 1, of earlier batches. No gradient flows to it. */
  queue: Tensor;
  /** Class of each place of the queue, f32 [K]. A class below 0 marks an empty place, which is compared with nothing. */
  queueLabels: Tensor;
  /** y, u32 [B]. */
  labels: Tensor;
  /**
   * log pi [C], pi the share of each class in the training images: of sum 1, as a constant added to all classes would
   * raise them above the samples.
   */
  logPrior: Tensor;
}

/**
 * PaCo, parametric contrastive learning: balanced softmax whose denominator also has the other samples, and whose
 * positives also are the samples of the own class. With alpha and gamma 0 it is {@link balancedSoftmax}.
 *
 * @returns A scalar `[]`.
 * @throws {ShapeError} when the parts do not fit each other. @throws {RangeError} when a weight is negative, alpha and
 * beta are both 0, or the temperature is not above 0. Source: Cui et al., "Parametric Contrastive Learning", ICCV 2021.
 *
 * @example
 * ```ts
 * import { constant, input } from "everyclass";
 * import { pacoLoss } from "everyclass/nn";
 * const loss = pacoLoss({
 *   logits: input("logits", [8, 3]),
 *   labels: input("labels", [8], "u32"),
 *   features: input("features", [8, 16]),
 *   keys: input("keys", [8, 16]),
 *   queue: input("queue", [64, 16]),
 *   queueLabels: input("labels of the queue", [64]),
 *   logPrior: constant([0.7, 0.2, 0.1].map(Math.log), [3]),
 *   temperature: 0.2,
 *   alpha: 0.05,
 *   beta: 1,
 *   gamma: 1,
 * });
 * console.log(loss.shape); // []
 * ```
 */
export function pacoLoss(parts: PacoParts): Tensor {
  checkParts(parts);
  const { logits, features, labels, logPrior, temperature, alpha, beta, gamma } = parts;
  const [batch, classes] = logits.shape;
  const others = [parts.keys, parts.queue].map(stopGradient);
  const ofClasses = add(logits, logPrior);
  const ofSamples = scale(matmul(features, transpose(concat([features, ...others]))), 1 / temperature);

  const own = asNumbers(labels, classes);
  const classOf = concat([own, own, parts.queueLabels]);
  const samples = arange(classOf.size);
  const apart = sub(1, equal(reshape(arange(batch), [batch, 1]), samples));
  const compared = mul(apart, greaterEqual(classOf, 0));
  const alike = mul(equal(reshape(own, [batch, 1]), classOf), compared);

  const left = where(compared, Math.max(Math.log(gamma), -EXCLUDED), -EXCLUDED);
  const total = logSumExp(concat([ofClasses, add(ofSamples, left)], -1));
  const pull = add(
    scale(sum(mul(oneHot(labels, classes), ofClasses), -1), beta),
    scale(sum(mul(alike, ofSamples), -1), alpha),
  );
  return mean(sub(total, div(pull, add(scale(sum(alike, -1), alpha), beta))));
}

/** Subtracted from a logit that must not count. It is finite in f16 too, and makes the exponential 0 beside any other. */
const EXCLUDED = 6e4;

function checkParts(parts: PacoParts): void {
  const { logits, features, keys, queue, queueLabels, labels, logPrior } = parts;
  const [batch, classes] = logits.shape;
  const [, width] = features.shape;
  const fits = logits.shape.length === 2 && sameShape(logPrior.shape, [classes]) &&
    sameShape(labels.shape, [batch]) && sameShape(features.shape, [batch, width]) &&
    sameShape(keys.shape, [batch, width]) && sameShape(queue.shape, [queue.shape[0], width]) &&
    sameShape(queueLabels.shape, [queue.shape[0]]);
  if (!fits) {
    throw misfit(
      "pacoLoss",
      "logits [B, C], features [B, D], keys [B, D], a queue [K, D], its labels [K], labels [B] and a log prior [C]",
      [logits, features, keys, queue, queueLabels, labels, logPrior],
      "they are of different batches, queues or heads",
    );
  }
  const { temperature, alpha, beta, gamma } = parts;
  const ranges = temperature > 0 && alpha >= 0 && beta >= 0 && gamma >= 0 && alpha + beta > 0;
  if (ranges && [1 / temperature, alpha, beta, gamma].every(Number.isFinite)) return;
  throw new RangeError(
    "Cannot make a PaCo loss: it takes a temperature above 0, alpha, beta and gamma of 0 or more, not both alpha and " +
      `beta 0, current are ${temperature}, ${alpha}, ${beta} and ${gamma}`,
  );
}
