import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { ConfigKind, Conflict } from "./keys.ts";
import { ensembleKey } from "./finetune.ts";
import { headConflicts } from "./losses.ts";
import {
  choice,
  groupConflicts,
  lossKeys,
  many,
  nameKey,
  runKeys,
  samplerName,
  seed,
  testShare,
  whole,
} from "./parts.ts";
import { optimizerConflicts, optimizerKeys, stepsOf } from "./optimizer.ts";
import { path } from "./weights.ts";

// Every leaf has a default, the value in configs/features.yaml, so a config may leave any key out.

/** Keys of data that are places of files. */
export const FEATURE_FILES = ["features", "labels", "testFeatures", "testLabels", "names"] as const;

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
  epochs: whole(1, many).default(40),
  batch: whole(1, many).default(128),
  optimizer: z.strictObject(optimizerKeys({
    lr: 0.05,
    weightDecay: 0.0005,
    schedule: { kind: "steps", steps: [10], factors: [0.2], warmup: 0 },
  })).describe("name, lr, momentum, nesterov, weightDecay, betas, eps and schedule").prefault({}),
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
    ...fileConflicts({ ...config, head }),
  ],
  changes: ({ optimizer }) => ({ "optimizer.schedule.steps": stepsOf(optimizer.schedule) }),
  defaultFile: fileURLToPath(new URL("../../configs/features.yaml", import.meta.url)),
};

/** Finds files that lack the file beside them. */
function fileConflicts(
  { data, head, weight, bias }: Pick<FeaturesConfig, "data" | "head" | "weight" | "bias">,
): Conflict[] {
  const found: Conflict[] = [];
  const add = (wrong: boolean, key: string, takes: string) => wrong && found.push({ key, takes });
  add(data.testFeatures !== null && data.testLabels === null, "data.testLabels", "a path with testFeatures");
  add(data.testLabels !== null && data.testFeatures === null, "data.testFeatures", "a path with testLabels");
  add(bias !== null && weight === null, "bias", "null without weight, whose bias it is");
  add(bias !== null && head === "cosine", "bias", "null with a cosine head, which has no bias");
  return found;
}
