import type { Config } from "../config/load.ts";
import type { TrainConfig } from "../config/train.ts";

/** A config of `finetune` as a config of `train`: the classifier alone, by steps on stored features. */
export function asTraining(config: Config): TrainConfig {
  return {
    ...config,
    train: "classifier",
    tau: 1,
    loss: { ...config.loss, weights: "none", beta: 0, deferred: null },
    optimizer: { ...config.optimizer, classifierFactor: 1 },
    mixup: null,
    paco: null,
    microBatch: "auto",
    evaluateEvery: null,
    precision: "f32",
    minSteps: 0,
  };
}
