import { linear } from "../ops/matmul/linear.ts";
import { relu } from "../ops/arithmetic/relu.ts";
import type { Tensor } from "../graph/node.ts";
import { BatchNorms, type ForwardOptions, Registry } from "./layers.ts";

/** A head beside the classifier that exists in training only, a description: values live in {@link Parameters} stores. */
export interface Projection {
  /** Trainable tensors. */
  readonly weights: readonly Tensor[];
  /** Running estimates of its batch norm. */
  readonly statistics: readonly Tensor[];
  /**
   * A forward pass over features [N, features]: [N, dimensions], of any length, and updates of the running estimates.
   */
  forward(
    features: Tensor,
    options?: ForwardOptions,
  ): { readonly projected: Tensor; readonly updates: readonly Tensor[] };
}

/**
 * The head of contrastive methods: linear, batch norm, relu, linear. Its tensors are named projection.linear1,
 * projection.bn1 and projection.linear2.
 *
 * @param features Length of a feature vector and of the hidden layer. @param dimensions Length of the result.
 * Source: X. Chen et al., "Improved Baselines with Momentum Contrastive Learning", 2020, with PaCo's batch norm.
 *
 * @example
 * ```ts
 * import { input } from "everyclass";
 * import { projection } from "everyclass/nn";
 * const { projected } = projection(64, 16).forward(input("features", [8, 64]), { training: true });
 * console.log(projected.shape); // [8, 16]
 * ```
 */
export function projection(features: number, dimensions: number): Projection {
  const registry = new Registry();
  const layer = (name: string, into: number) => {
    const weight = registry.weight(`projection.${name}.weight`, [into, features]);
    const bias = registry.weight(`projection.${name}.bias`, [into]);
    return (x: Tensor) => linear(x, weight, bias);
  };
  const first = layer("linear1", features);
  const norm = registry.norm("projection.bn1", features);
  const second = layer("linear2", dimensions);
  return {
    weights: registry.weights,
    statistics: registry.statistics,
    forward: (features, options) => {
      const norms = new BatchNorms(options);
      return { projected: second(relu(norm(first(features), norms))), updates: norms.updates };
    },
  };
}
