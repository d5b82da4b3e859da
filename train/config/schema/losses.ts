import {
  add,
  balancedSoftmax,
  constant,
  crossEntropy,
  focalLoss,
  gmlLoss,
  type HeadKind,
  labelAwareSmoothing,
  ldamLoss,
  ldamMargins,
  scale,
  smoothingFactors,
  type Tensor,
} from "../../../engine/mod.ts";
import type { Conflict } from "./keys.ts";

/** The inputs of a loss. */
export interface LossParts {
  /** Logits [B, classes]. */
  logits: Tensor;
  /** Labels, u32 [B]. */
  labels: Tensor;
  /** Training images of each class, at least 1. */
  counts: Uint32Array;
  /** Class weights [classes], for the losses that are `weighted`; by default all equal. */
  weights?: Tensor | undefined;
  /** Power of the focal loss. */
  gamma: number;
  /** Weight of GML beside another loss. */
  lambda: number;
  /** Label-aware smoothing: share of the label smoothed away in the largest and in the smallest class. */
  smoothing: { head: number; tail: number };
  /** LDAM: margin of the smallest class. */
  margin: number;
}

/** A loss that a config can name. */
interface Loss {
  /** Name for people. */
  title: string;
  /** True where the loss takes a weight for each class. */
  weighted: boolean;
  /** True where the loss takes the logits of a cosine head. */
  cosine?: boolean;
  /** The loss, a scalar. */
  of(parts: LossParts): Tensor;
}

const table = (values: ArrayLike<number>) => constant(Array.from(values), [values.length]);

const logPrior = (counts: Uint32Array) => table(Array.from(counts, Math.log));

const gml = ({ logits, labels, counts }: LossParts) => gmlLoss(logits, labels, logPrior(counts));

const las = ({ logits, labels, counts, smoothing: { head, tail } }: LossParts) =>
  labelAwareSmoothing(logits, labels, table(smoothingFactors(counts, head, tail)));

/** Name of a loss. */
export type LossName =
  | "gml"
  | "gml+las"
  | "las"
  | "ce"
  | "ce-weighted"
  | "balanced-softmax"
  | "focal"
  | "ldam";

/** The losses of every command by their names in the config. */
export const losses: Record<LossName, Loss> = {
  "gml": {
    title: "GML",
    weighted: false,
    of: gml,
  },
  "gml+las": {
    title: "GML and label-aware smoothing",
    weighted: false,
    of: (parts) => add(scale(gml(parts), parts.lambda), las(parts)),
  },
  "las": {
    title: "label-aware smoothing",
    weighted: false,
    of: las,
  },
  "ce": {
    title: "cross-entropy",
    weighted: true,
    of: ({ logits, labels, weights }) => crossEntropy(logits, labels, { weights }),
  },
  "ce-weighted": {
    title: "cross-entropy weighted by class size",
    weighted: false, // its weights are always 1 / N
    of: ({ logits, labels, counts }) =>
      crossEntropy(logits, labels, { weights: table(Array.from(counts, (count) => 1 / count)) }),
  },
  "balanced-softmax": {
    title: "balanced softmax",
    weighted: false,
    of: ({ logits, labels, counts }) => balancedSoftmax(logits, labels, logPrior(counts)),
  },
  "focal": {
    title: "the focal loss",
    weighted: true,
    of: ({ logits, labels, weights, gamma }) => focalLoss(logits, labels, { gamma, weights }),
  },
  "ldam": {
    title: "LDAM",
    weighted: true,
    cosine: true,
    of: ({ logits, labels, counts, weights, margin }) =>
      ldamLoss(logits, labels, table(ldamMargins(counts, margin)), { weights }),
  },
};

/** All names of losses. */
export const lossNames = Object.keys(losses) as [LossName, ...LossName[]];

/** Finds conflicts of a loss with the head that makes its logits. */
export function headConflicts(name: LossName, head: HeadKind): Conflict[] {
  if (!losses[name].cosine || head === "cosine") return [];
  return [{ key: "head", takes: `cosine with ${name}, which sets margins between cosines` }];
}
