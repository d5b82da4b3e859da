import {
  add,
  correct,
  expand,
  type Forward,
  grad,
  input,
  mul,
  normalize,
  type Tensor,
} from "../engine/mod.ts";
import { losses } from "./losses.ts";
import type { Setup } from "./setup.ts";
import type { TrainConfig } from "./train_schema.ts";

/** A step of training before its update. */
export interface TrainGraph {
  /** A scalar. */
  loss: Tensor;
  /** [size], 1 where the label is right. */
  hits: Tensor;
  /** Of each trained tensor. */
  gradients: Tensor[];
  /** Updates of the running statistics. */
  updates: Tensor[];
}

/** The tensors that a config trains. */
export function trainedTensors({ network: { backbone, classifier } }: Setup, config: TrainConfig): Tensor[] {
  return [...config.train === "all" ? backbone : [], ...classifier.tensors];
}

/**
 * The graph for a batch of this size. Inputs: images u8 [size, H, W, C], labels u32 [size]; with weights, weights [classes];
 * with mixup, images2 and labels2 too, and the scalars lambda and rest = 1 - lambda.
 */
export function trainGraph(setup: Setup, config: TrainConfig, size: number): TrainGraph {
  const { network, counts } = setup;
  const { classes, classifier } = network;
  const forward: Forward = { statistics: config.statistics, updates: [] };
  const mixup = config.mixup === null ? null : { lambda: input("lambda", []), rest: input("rest", []) };
  const labels = input("labels", [size], "u32");
  const logits = classifier.logits(network.forward(pixels(setup, size, mixup), forward));
  const weights = config.loss.weights === "none" ? undefined : input("weights", [classes]);
  const { name, gamma, lambda, smoothing } = config.loss;
  const lossOf = (labels: Tensor) =>
    losses[name].of({ logits, labels, counts, weights, gamma, lambda, smoothing });
  const loss = mixup
    ? add(mul(mixup.lambda, lossOf(labels)), mul(mixup.rest, lossOf(input("labels2", [size], "u32"))))
    : lossOf(labels);
  return {
    loss,
    hits: correct(logits, labels),
    gradients: grad(loss, trainedTensors(setup, config)),
    updates: forward.updates,
  };
}

/** Normalised images, blended with others by mixup: x' = lambda x + (1 - lambda) x2. */
function pixels(
  { dataset, train }: Setup,
  size: number,
  mixup: { lambda: Tensor; rest: Tensor } | null,
): Tensor {
  const shape = [size, train.height, train.width, train.channels];
  const x = normalize(input("images", shape, "u8"), dataset);
  if (!mixup) return x;
  const x2 = normalize(input("images2", shape, "u8"), dataset);
  return add(mul(expand(mixup.lambda, shape), x), mul(expand(mixup.rest, shape), x2));
}
