// A network with a layer of every kind that gathering passes tell apart.

import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { inOrder } from "../../../../engine/graph/graph.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { input, nameOf, parameter } from "../../../../engine/graph/source.ts";
import { mean } from "../../../../engine/ops/statistics/mean.ts";
import { square } from "../../../../engine/ops/arithmetic/square.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { normal, seedOf } from "../../random.ts";

/** Weight, moves and the channels that a norm behind it has, in the order of the layers. */
const LAYERS = [
  { name: "first", shape: [16, 3, 3, 3], moves: { padding: 1 }, norm: true },
  { name: "plain", shape: [16, 3, 3, 16], moves: { padding: 1 }, norm: true },
  { name: "strided", shape: [32, 3, 3, 16], moves: { padding: 1, stride: 2 }, norm: true },
  { name: "pointwise", shape: [16, 1, 1, 32], moves: {}, norm: false },
  { name: "sparse", shape: [24, 1, 1, 16], moves: { stride: 2 }, norm: true },
  { name: "grouped", shape: [16, 3, 3, 6], moves: { padding: 1, groups: 4 }, norm: false },
  { name: "odd", shape: [6, 3, 3, 16], moves: { padding: 1 }, norm: true },
] as const;

/** The loss of the network, the parameters that it is differentiated by, their gradients, and values of all. */
export function smallNetwork(): {
  loss: Tensor;
  parameters: Tensor[];
  gradients: Tensor[];
  images: Tensor;
  values: Map<Tensor, Float32Array>;
} {
  const images = input("images", [3, 9, 9, 3]);
  const parameters: Tensor[] = [];
  const named = (name: string, shape: readonly number[]) => {
    const made = parameter(name, shape);
    parameters.push(made);
    return made;
  };
  let x = images;
  for (const { name, shape, moves, norm } of LAYERS) {
    x = conv2d(x, named(name, shape), moves);
    if (!norm) continue;
    const gamma = named(`gamma of ${name}`, [shape[0]]);
    const beta = named(`beta of ${name}`, [shape[0]]);
    x = relu(batchNormTraining(x, { gamma, beta }).y);
  }
  const loss = mean(square(x));
  const values = new Map([images, ...parameters].map((tensor) => {
    const next = normal(seedOf(nameOf(tensor)));
    return [tensor, Float32Array.from({ length: tensor.size }, next)];
  }));
  return { loss, parameters, gradients: grad(loss, parameters), images, values };
}

/** Names of the ops of a graph with the number of tensors that each computes. */
export function countsOf(outputs: readonly Tensor[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op: { name } } of inOrder(outputs)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
