import { balancedSoftmax, crossEntropy, gmlLoss } from "../../engine/nn/losses.ts";
import { constant } from "../../engine/graph/source.ts";
import type { Tensor } from "../../engine/graph/node.ts";

/** The loss that a PyTorch fixture names, for the class counts it was made with. */
export function lossOf(name: string, logits: Tensor, labels: Tensor, counts: Float32Array): Tensor {
  const perClass = (f: (count: number) => number) => constant([...counts].map(f), [counts.length]);
  const losses: Record<string, () => Tensor> = {
    "ce": () => crossEntropy(logits, labels),
    "ce-weighted": () => crossEntropy(logits, labels, { weights: perClass((count) => 1 / count) }),
    "balanced-softmax": () => balancedSoftmax(logits, labels, perClass(Math.log)),
    "gml": () => gmlLoss(logits, labels, perClass(Math.log)),
  };
  return losses[name]();
}
