import { z } from "zod";
import type { ConfigKind, Conflict } from "./keys.ts";
import { ensembleKey } from "./finetune.ts";
import { headConflicts } from "./losses.ts";
import {
  adjustKeys,
  choice,
  costsSchema,
  groupConflicts,
  lossKeys,
  MOST_BATCH,
  MOST_EPOCHS,
  nameKey,
  pointConflicts,
  runKeys,
  samplerName,
  seed,
  testShare,
  whole,
} from "./parts.ts";
import { optimizerConflicts, optimizerKeys, stepsOf } from "./optimizer.ts";
import { defaultFiles } from "./paths.ts";
import { path } from "./weights.ts";

// Every leaf has a default, the value in configs/features.yaml, so a config may leave any key out.

const { workers: _workers, ...machineKeys } = runKeys(); // there is nothing to decode

const featuresSchema = z.strictObject({
  name: nameKey("features"),
  data: z.strictObject({
    /** Features [N, F] of the training images, or views [V, N, F] that the epochs take in turn. */
    features: path(),
    /** [N], or a text file with a label a line. */
    labels: path(),
    /** Features [M, F] of the test images; null: testShare. */
    testFeatures: path(),
    /** [M], or a text file with a label a line. */
    testLabels: path(),
    /** Features [K, F] of images that no training uses, to choose `adjust.t` by; null: there are none. */
    validationFeatures: path(),
    /** [K], or a text file with a label a line; null: their classes are not known, and about as many are of each class. */
    validationLabels: path(),
    /** File with the class names, one a line; null: classes are numbered. */
    names: path(),
    /** Without test features: share of each class that is set aside for testing. */
    testShare: testShare(),
    /** Seed of testShare. */
    seed: seed(),
  }).describe("features, labels and other keys of data").prefault({}),
  /** Form of the classifier: linear, or cosine as LDAM trains it. */
  head: choice(["linear", "cosine"]).default("linear"),
  /** Weight [C, F] to begin with; null: an initialised classifier. */
  weight: path(),
  /** Bias [C] to begin with; null: zeros. */
  bias: path(),
  /** Begin with weight and bias, or initialise a new classifier. */
  classifier: choice(["warm", "reinit"]).default("warm"),
  loss: z.strictObject(lossKeys("gml"))
    .describe("a name, or name, gamma, lambda, smoothing and margin").prefault({}),
  sampler: samplerName(),
  epochs: whole(1, MOST_EPOCHS).default(40),
  batch: whole(1, MOST_BATCH).default(128),
  optimizer: z.strictObject(optimizerKeys({
    lr: 0.05,
    weightDecay: 0.0005,
    schedule: { kind: "steps", steps: [10], factors: [0.2], warmup: 0 },
  })).describe("name, lr, momentum, nesterov, weightDecay, betas, eps and schedule").prefault({}),
  /** The point on the line from the frequent classes to the rare ones: logits - t log(training rows). */
  adjust: z.strictObject(adjustKeys()).describe("auto, a number, or t, target and giveUp").prefault({}),
  /** Costs of mistakes: a CSV file, or { "true->called": cost }; null: all mistakes cost the same. */
  costs: costsSchema(),
  ensemble: ensembleKey(),
  ...machineKeys,
});

/** The effective config of a run on features: every key has its value. */
export type FeaturesConfig = z.output<typeof featuresSchema>;

/** The config of `retrain-features`. */
export const featuresConfig: ConfigKind<FeaturesConfig> = {
  task: "retrain-features",
  schema: featuresSchema,
  conflicts: ({ optimizer, loss, head, ...config }) => [
    ...optimizerConflicts(optimizer),
    ...headConflicts(loss.name, head),
    ...groupConflicts(config),
    ...pointConflicts({ ...config, head }),
    ...fileConflicts({ ...config, head }),
  ],
  changes: ({ optimizer }) => ({ "optimizer.schedule.steps": stepsOf(optimizer.schedule) }),
  defaultFile: defaultFiles["retrain-features"],
};

/** Finds files that lack the file beside them. */
function fileConflicts(
  { data, head, weight, bias }: Pick<FeaturesConfig, "data" | "head" | "weight" | "bias">,
): Conflict[] {
  const found: Conflict[] = [];
  const add = (wrong: boolean, key: string, takes: string) => wrong && found.push({ key, takes });
  add(data.testFeatures !== null && data.testLabels === null, "data.testLabels", "a path with testFeatures");
  add(data.testLabels !== null && data.testFeatures === null, "data.testFeatures", "a path with testLabels");
  add(
    data.validationLabels !== null && data.validationFeatures === null,
    "data.validationFeatures",
    "a path with validationLabels",
  );
  add(bias !== null && weight === null, "bias", "null without weight, whose bias it is");
  add(bias !== null && head === "cosine", "bias", "null with a cosine head, which has no bias");
  return found;
}
