import { initHead, initLastStage, initState, nameOf, type Network } from "../../engine/mod.ts";
import type { Setup, State } from "./setup.ts";
import type { SetupOptions } from "./set_up.ts";
import type { TrainConfig } from "../config/train.ts";

/** Draws the weights to begin with, where that makes sense: nothing is left frozen, or kept of a classifier. */
export function drawOf({ train, classifier, seed }: TrainConfig): SetupOptions["draw"] {
  return train === "all" && classifier === "warm" ? (network) => initState(network, seed) : undefined;
}

/**
 * Draws what of a checkpoint is to start anew where it has none that fits: the classifier, and an extra block that is
 * trained.
 */
export function anewOf(
  { train, classifier, extraBlock, seed }: Pick<TrainConfig, "train" | "classifier" | "extraBlock" | "seed">,
): SetupOptions["anew"] {
  if (classifier !== "reinit") return undefined;
  const block = extraBlock && (train === "all" || train === "last-stage");
  return (network) => new Map([...initHead(network, seed), ...block ? initLastStage(network, seed) : []]);
}

/** The weights that training begins with: the checkpoint's, its classifier as the config has it. */
export function startOf({ network, stage1 }: Setup, { classifier, tau, seed }: TrainConfig): State {
  switch (classifier) {
    case "warm":
      return stage1;
    case "reinit":
      return new Map([...stage1, ...initHead(network, seed)]);
    case "tau-norm":
      return tauNormalize(network, stage1, tau);
  }
}

/**
 * The state with each class's weight vector divided by a power of its length, `w / |w|^tau`, and no bias. Vectors grow
 * with the number of images, and large classes win by that: with tau 1 all are of one length, with 0 as they were.
 *
 * Source: Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition", ICLR 2020, which leaves
 * the bias out.
 */
function tauNormalize({ classifier, features }: Network, state: State, tau: number): State {
  const normalized = new Map(state);
  for (const tensor of classifier.stored) {
    const values = state.get(nameOf(tensor))!;
    const divided = new Float32Array(values.length);
    for (let at = 0; tensor.shape.length > 1 && at < values.length; at += features) {
      const vector = values.subarray(at, at + features);
      const divisor = Math.hypot(...vector) ** tau || 1; // a vector of zeros has no direction
      divided.set(vector.map((value) => value / divisor), at);
    }
    normalized.set(nameOf(tensor), divided);
  }
  return normalized;
}
