// A last layer and a trainer of it on rows of features, for steps on numbers at the ends of float32.

import { type Device, type HeadKind, headOf, type Network, stateShapes } from "../../../engine/mod.ts";
import { losses, type LossName, lossNames } from "../../../train/config/schema/losses.ts";
import { configSchema } from "../../../train/config/schema/finetune.ts";
import { featureTrainer } from "../../../train/finetune/feature_method.ts";
import { asTraining } from "../../../train/finetune/training.ts";
import type { ClassifierSetup, State } from "../../../train/setup/setup.ts";
import { sumsOf } from "../../../train/trainer/trainer.ts";

/** Numbers that a step is taken on. */
export interface Numbers {
  /** Training images of each class. */
  counts: readonly number[];
  /** Labels of the batch. */
  labels: readonly number[];
  /** The features' length, and each of them. */
  width: number;
  feature: (row: number, place: number) => number;
  /** Each weight of the last layer. */
  weight: (name: string, place: number) => number;
  /** More keys of the config. */
  keys?: object;
}

/** The losses of the product, each with the last layer that it takes. */
export const LOSSES: readonly (readonly [LossName, HeadKind])[] = lossNames.map((name) =>
  [name, losses[name].cosine ? "cosine" : "linear"] as const
);

/** The mean loss of some steps on the same batch, the hits of all, and what they left. */
export async function stepsOn(
  device: Device,
  [loss, head]: typeof LOSSES[number],
  { counts, labels, width, feature, weight, keys }: Numbers,
  steps = 3,
): Promise<{ loss: number; hits: number; bad: number; state: State }> {
  const classes = counts.length;
  const classifier = headOf(head, { classes, features: width });
  const network = {
    ...{ name: "features", features: width, classes, backbone: [], statistics: [], stages: [], classifier },
  } as unknown as Network;
  const stage1 = classifier.unfold(
    new Map([...stateShapes(network)].map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, Float32Array.from({ length: size }, (_, i) => weight(name, i))] as const;
    })),
  );
  const setup = {
    ...{ network, device, stage1, backbone: [], counts: Uint32Array.from(counts), initialized: [] },
    train: { count: labels.length },
  } as unknown as ClassifierSetup;
  const config = asTraining(
    configSchema.parse({ head, loss: { name: loss }, batch: labels.length, ...keys }),
  );
  using trainer = featureTrainer(setup, config);
  trainer.load(trainer.fresh(stage1));
  const features = Float32Array.from(
    { length: labels.length * width },
    (_, i) => feature(Math.floor(i / width), i % width),
  );
  const batch = { features, labels: Uint32Array.from(labels), count: labels.length };
  const time = { epoch: 0, lr: config.optimizer.lr, weights: new Float32Array(classes) };
  for (let step = 0; step < steps; step++) await trainer.step(batch, { ...time, step });
  const state = await trainer.state();
  const { loss: sum, hits, bad } = sumsOf(state);
  return { loss: sum / steps, hits, bad, state };
}
