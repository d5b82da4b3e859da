import type { Config } from "../config/load.ts";
import type { StepConfig } from "../config/schema/train.ts";

/** The keys of a config that re-training a classifier on features goes by. */
type RetrainKeys = Pick<
  Config,
  "classifier" | "statistics" | "loss" | "sampler" | "epochs" | "batch" | "optimizer" | "seed"
>;

/** A config of `finetune` as steps go by it: of the classifier alone, on stored features. */
export function asTraining(config: RetrainKeys): StepConfig {
  return {
    ...config,
    tau: 1,
    loss: { ...config.loss, weights: "none", beta: 0, deferred: null },
    optimizer: { ...config.optimizer, classifierFactor: 1 },
    microBatch: "auto",
    evaluateEvery: null,
    precision: "f32",
  };
}
