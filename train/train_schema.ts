import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type ConfigKind, type Conflict, nesterovConflicts, stepConflicts } from "./config_keys.ts";
import {
  above,
  atLeast,
  choice,
  dataKeys,
  epochSteps,
  familyName,
  flag,
  many,
  networkName,
  path,
  runName,
  samplerName,
  seed,
  share,
  whole,
  workerCount,
} from "./schema_parts.ts";
import { lossNames, trainLosses } from "./train_losses.ts";

// Every leaf has a default, and they are those of configs/fashion-lt-ce.yaml, so a config may leave any key out.

/** The config of `train`. */
export const trainSchema = z.strictObject({
  name: runName().default("fashion-lt-ce"),
  data: dataKeys(),
  network: networkName(),
  /** Weights to begin with, torch or safetensors; null: drawn from the seed. */
  checkpoint: path(),
  /** What is trained: the whole network, or its last layer alone. */
  train: choice(["all", "classifier"]).default("all"),
  /** Batch norms: by the batch, whose statistics update the running ones, or by the running ones as they are. */
  statistics: choice(["updated", "frozen"]).default("updated"),
  loss: z.strictObject({
    name: choice(lossNames).default("ce"),
    /** Weights of the classes, of sum C. */
    weights: choice(["none", "inverse", "effective"]).default("none"),
    /** Of the effective number. */
    beta: share().default(0.9999),
    /** Epoch, counted from 0, from which on classes are weighted (DRW); null: from the first. */
    deferred: whole(1, many).nullable().describe("a whole number below epochs, or null").default(null),
    /** Of focal: the power of the probability that is missing. */
    gamma: atLeast(0).default(2),
    /** Of las: how much of the label of the largest class and of the smallest is smoothed away. */
    smoothing: z.strictObject({ head: share().default(0.4), tail: share().default(0.1) })
      .describe("head and tail").prefault({}),
  }).describe("name, weights, beta, deferred, gamma and smoothing").prefault({}),
  /** Parameter of the beta distribution that mixup draws its share from; null: no mixup. */
  mixup: above(0).nullable().describe("a number above 0, or null").default(null),
  sampler: samplerName(),
  epochs: whole(1, many).default(10),
  batch: whole(2, many).default(128),
  optimizer: z.strictObject({
    lr: above(0).default(0.1),
    momentum: share().default(0.9),
    nesterov: flag().default(false),
    weightDecay: atLeast(0).default(0.0002),
    /** Epochs in which the learning rate rises to lr, linearly. */
    warmup: whole(0, many).default(1),
    schedule: z.strictObject({
      kind: choice(["steps", "cosine"]).default("steps"),
      /** Epochs, counted from 0, from which on the learning rate is lr times the factor of the same place. */
      steps: epochSteps().default([6, 8]),
      factors: z.array(z.number().gt(0)).describe("a list of numbers above 0, as many as steps")
        .default([0.1, 0.01]),
    }).describe("kind, steps and factors").prefault({}),
  }).describe("lr, momentum, nesterov, weightDecay, warmup and schedule").prefault({}),
  /** How often the test set is evaluated on the way, in epochs; null: only at the end. */
  evaluateEvery: whole(1, many).nullable().describe("a whole number of at least 1, or null").default(null),
  seed: seed(),
  workers: workerCount(),
  family: familyName(),
});

/** The effective config of a training run: every key has its value. */
export type TrainConfig = z.output<typeof trainSchema>;

function conflicts(config: TrainConfig): Conflict[] {
  const { optimizer, epochs, loss, data } = config;
  const { steps, factors, kind } = optimizer.schedule;
  const found = [
    ...kind === "steps" ? stepConflicts("optimizer.schedule.steps", steps, epochs) : [],
    ...nesterovConflicts(optimizer),
  ];
  const add = (wrong: boolean, key: string, takes: string) => wrong && found.push({ key, takes });
  add(
    kind === "steps" && factors.length !== steps.length,
    "optimizer.schedule.factors",
    `as many numbers as there are steps (${steps.length})`,
  );
  add(
    loss.weights !== "none" && !trainLosses[loss.name].weighted,
    "loss.weights",
    `none with ${loss.name}, which has no weights`,
  );
  add(loss.deferred !== null && loss.weights === "none", "loss.deferred", "null without weights to defer");
  add(
    loss.deferred !== null && loss.deferred >= epochs,
    "loss.deferred",
    `a whole number below epochs (${epochs}), or null`,
  );
  add(
    data.augment?.policy === "paco",
    "data.augment.policy",
    "crop-flip, autoaugment or simclr: a second view is not trained on",
  );
  return found;
}

/** The config of `train`, as a kind. */
export const trainingConfig: ConfigKind<TrainConfig> = {
  schema: trainSchema,
  conflicts,
  defaultFile: fileURLToPath(new URL("../configs/fashion-lt-ce.yaml", import.meta.url)),
};
