import { type ForwardOptions, nameOf, type Network, type Tensor } from "../../engine/mod.ts";
import type { TrainConfig } from "../config/train.ts";

/** The tensors of a network's backbone, stage by stage. */
export function stagesOf({ stages, backbone }: Pick<Network, "stages" | "backbone">): Tensor[][] {
  return stages.map((stage) => backbone.filter((tensor) => nameOf(tensor).startsWith(stage)));
}

/**
 * The tensors of a network that are trained: all, those of its last stage and its classifier, those of its classifier,
 * or of that the learned scales.
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

/** How a forward pass of training goes: before the last stage, where only that is trained, all norms are frozen. */
export function forwardOf({ stages }: Network, { train, statistics }: TrainConfig): ForwardOptions {
  return { training: statistics === "updated", frozen: train === "last-stage" ? stages.slice(0, -1) : [] };
}
