import { initHead, initLastStage, initState, nameOf } from "../../engine/mod.ts";
import type { ClassifierSetup, State } from "./setup.ts";
import type { SetupOptions } from "./set_up.ts";
import type { StepConfig, TrainConfig } from "../config/schema/train.ts";

/** Makes the function that initialises all weights, for a whole network trained with `classifier: warm`. */
export function drawOf({ train, classifier, seed }: TrainConfig): SetupOptions["draw"] {
  return train === "all" && classifier === "warm" ? (network) => initState(network, seed) : undefined;
}

/**
 * Makes the function that initialises the parts a checkpoint may lack: the classifier, and an extra block if it is trained.
 */
export function reinitOf(
  { train, classifier, extraBlock, seed }: Pick<TrainConfig, "train" | "classifier" | "extraBlock" | "seed">,
): SetupOptions["reinit"] {
  if (classifier !== "reinit") return undefined;
  const block = extraBlock && (train === "all" || train === "last-stage");
  return (network) => new Map([...initHead(network, seed), ...block ? initLastStage(network, seed) : []]);
}

/** Makes the weights that training begins with: the checkpoint's, with the classifier that the config asks for. */
export function startOf(
  { network, stage1 }: Pick<ClassifierSetup, "network" | "stage1">,
  { classifier, tau, seed }: StepConfig,
): State {
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
 * Divides each class's weight vector by a power of its length, `w / |w|^tau`, and drops the bias. Vectors grow with the
 * number of images, which favours large classes: tau 1 makes all lengths equal, 0 changes no length.
 *
 * Source: Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition", ICLR 2020, which leaves
 * the bias out.
 */
function tauNormalize(
  { classifier, features }: ClassifierSetup["network"],
  state: State,
  tau: number,
): State {
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
