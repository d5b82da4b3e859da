import type { Batch } from "../../data/mod.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import type { Setup } from "../setup/setup.ts";
import { alone, type Share } from "../team/share.ts";
import { pacoMethod } from "./methods/paco.ts";
import { plainMethod } from "./methods/plain.ts";
import { Trainer } from "./trainer.ts";

/** A trainer on images, by the method that a config asks for. @param share The division of its batches. */
export function imageTrainer(setup: Setup, config: TrainConfig, share: Share = alone): Trainer<Batch> {
  return new Trainer(
    setup,
    config,
    () =>
      config.paco === null
        ? plainMethod(setup, config, share)
        : pacoMethod(setup, config, config.paco, share),
  );
}
