import { adamw, type Optimizer, type ParameterGroup, type Parameters, sgd } from "../../engine/mod.ts";
import type { OptimizerConfig } from "../config/schema/optimizer.ts";

/** Names of the optimizers for people, by their names in the config. */
export const optimizerTitles: Record<OptimizerConfig["name"], string> = { sgd: "SGD", adamw: "AdamW" };

/** Makes the optimizer of a config for weights. @param groups Tensors with a learning rate of their own. */
export function optimizerOf(
  { name, momentum, nesterov, weightDecay, betas, eps }: OptimizerConfig,
  weights: Parameters,
  groups?: readonly ParameterGroup[],
): Optimizer {
  switch (name) {
    case "sgd":
      return sgd(weights, { momentum, nesterov, weightDecay, groups });
    case "adamw":
      return adamw(weights, { weightDecay, betas, eps, groups });
  }
}
