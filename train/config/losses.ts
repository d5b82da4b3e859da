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
} from "../../engine/mod.ts";
import type { Conflict } from "./keys.ts";

/** What a loss is made of. */
export interface LossParts {
  /** [B, classes]. */
  logits: Tensor;
  /** u32 [B]. */
  labels: Tensor;
  /** Training images of each class, none of them 0. */
  counts: Uint32Array;
  /** A weight for each class [classes], for the losses that are `weighted`; all alike without it. */
  weights?: Tensor;
  /** Of the focal loss. */
  gamma: number;
  /** What GML counts beside another loss. */
  lambda: number;
  /** Of label-aware smoothing: how much of the label of the largest and of the smallest class is smoothed away. */
  smoothing: { head: number; tail: number };
  /** Of LDAM: the margin of the smallest class. */
  margin: number;
}

/** A loss that a config can name. */
interface Loss {
  /** What people call it. */
  title: string;
  /** Whether it takes a weight for each class. */
  weighted: boolean;
  /** Whether it takes the logits of a cosine head. */
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
    weighted: false, // by 1 / N, whatever else there is
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

/** Conflicts of a loss with the head that makes its logits. */
export function headConflicts(name: LossName, head: HeadKind): Conflict[] {
  if (!losses[name].cosine || head === "cosine") return [];
  return [{ key: "head", takes: `cosine with ${name}, whose margins are between cosines` }];
}
