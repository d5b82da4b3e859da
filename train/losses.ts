import { balancedSoftmax, constant, crossEntropy, gmlLoss, type Tensor } from "../engine/mod.ts";
import type { Config } from "./config.ts";

/**
 * The loss that a config names, a scalar.
 *
 * @param logits [B, classes]. @param labels u32 [B]. @param counts Training images of each class, none of them 0.
 */
export function lossOf(name: Config["loss"], logits: Tensor, labels: Tensor, counts: Uint32Array): Tensor {
  const perClass = (f: (count: number) => number) => constant(Array.from(counts, f), [counts.length]);
  switch (name) {
    case "gml":
      return gmlLoss(logits, labels, perClass(Math.log));
    case "balanced-softmax":
      return balancedSoftmax(logits, labels, perClass(Math.log));
    case "ce-weighted":
      return crossEntropy(logits, labels, { weights: perClass((count) => 1 / count) });
    case "ce":
      return crossEntropy(logits, labels);
  }
}
