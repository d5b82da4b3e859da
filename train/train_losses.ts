import {
  balancedSoftmax,
  constant,
  crossEntropy,
  focalLoss,
  gmlLoss,
  labelAwareSmoothing,
  smoothingFactors,
  type Tensor,
} from "../engine/mod.ts";

/** What a loss is made of. */
export interface LossParts {
  /** [B, classes]. */
  logits: Tensor;
  /** u32 [B]. */
  labels: Tensor;
  /** A weight for each class [classes], where the config asks for weights. */
  weights: Tensor | undefined;
  /** Training images of each class, none of them 0. */
  counts: Uint32Array;
  /** Of the focal loss. */
  gamma: number;
  /** Of label-aware smoothing: how much of the label of the largest and of the smallest class is smoothed away. */
  smoothing: { head: number; tail: number };
}

/** A loss that a network can be trained with. */
interface TrainLoss {
  /** Whether it takes a weight for each class. */
  weighted: boolean;
  /** The loss, a scalar. */
  of(parts: LossParts): Tensor;
}

const table = (values: ArrayLike<number>) => constant(Array.from(values), [values.length]);
const logPrior = (counts: Uint32Array) => table(Array.from(counts, Math.log));

/** The losses by their names in the config. */
export const trainLosses = {
  "ce": {
    weighted: true,
    of: ({ logits, labels, weights }) => crossEntropy(logits, labels, { weights }),
  },
  "balanced-softmax": {
    weighted: false,
    of: ({ logits, labels, counts }) => balancedSoftmax(logits, labels, logPrior(counts)),
  },
  "gml": {
    weighted: false,
    of: ({ logits, labels, counts }) => gmlLoss(logits, labels, logPrior(counts)),
  },
  "focal": {
    weighted: true,
    of: ({ logits, labels, weights, gamma }) => focalLoss(logits, labels, { gamma, weights }),
  },
  "las": {
    weighted: false,
    of: ({ logits, labels, counts, smoothing: { head, tail } }) =>
      labelAwareSmoothing(logits, labels, table(smoothingFactors(counts, head, tail))),
  },
} as const satisfies Record<string, TrainLoss>;

/** Name of a loss. */
export type LossName = keyof typeof trainLosses;

/** All names of losses. */
export const lossNames = Object.keys(trainLosses) as [LossName, ...LossName[]];

/** How the classes are weighted, by names in the config. */
export type Weighting = "none" | "inverse" | "effective";

/**
 * A weight for each class, of sum C: 1 / N, or by the effective number of images, (1 - beta) / (1 - beta^N).
 *
 * Source: Y. Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", CVPR 2019.
 */
export function classWeights(weighting: Weighting, counts: Uint32Array, beta: number): Float32Array {
  const weigh = {
    none: () => 1,
    inverse: (count: number) => 1 / count,
    effective: (count: number) => (1 - beta) / (1 - beta ** count),
  }[weighting];
  const raw = Array.from(counts, weigh);
  const scale = raw.length / raw.reduce((a, b) => a + b, 0);
  return Float32Array.from(raw, (weight) => weight * scale);
}
