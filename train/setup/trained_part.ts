import { type ForwardOptions, nameOf, type Network, type Tensor } from "../../engine/mod.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import type { Share } from "../team/share.ts";

/** Groups the tensors of a network's backbone by stage. */
export function stagesOf({ stages, backbone }: Pick<Network, "stages" | "backbone">): Tensor[][] {
  return stages.map((stage) => backbone.filter((tensor) => nameOf(tensor).startsWith(stage)));
}

/**
 * Picks the tensors of a network that are trained: all, the last stage and the classifier, the classifier alone, or the
 * learned scales of the classifier.
 */
export function networkWeights(network: Network, which: TrainConfig["train"]): Tensor[] {
  const { backbone, classifier: { tensors, stored } } = network;
  switch (which) {
    case "all":
      return [...backbone, ...tensors];
    case "last-stage":
      return [...stagesOf(network).at(-1)!, ...tensors];
    case "classifier":
      return [...tensors];
    case "scale":
      return tensors.filter((tensor) => !stored.includes(tensor));
  }
}

/** Options of a forward pass in training: where only the last stage is trained, norms before it are frozen. */
export function forwardOf(
  { stages }: Network,
  { train, statistics, syncBatchNorm }: TrainConfig,
  { communicator }: Share,
): ForwardOptions {
  return {
    training: statistics === "updated",
    frozen: train === "last-stage" ? stages.slice(0, -1) : [],
    ...syncBatchNorm && communicator && { communicator },
  };
}
