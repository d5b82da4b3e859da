import { z } from "zod";
import { defaultFiles } from "./paths.ts";
import { testTimes } from "../../decision/decide.ts";
import type { ConfigKind } from "./keys.ts";
import { modelNames } from "../../verdict/judge.ts";
import { dataConflicts } from "./data.ts";
import { headConflicts } from "./losses.ts";
import {
  above,
  adjustKeys,
  augmentConflicts,
  choice,
  costsSchema,
  groupConflicts,
  inputKeys,
  lossKeys,
  many,
  MOST_BATCH,
  MOST_EPOCHS,
  MOST_VIEWS,
  networkConflicts,
  ONE_VIEW,
  pointConflicts,
  runKeys,
  samplerName,
  whole,
} from "./parts.ts";
import { optimizerConflicts, optimizerKeys, stepsOf } from "./optimizer.ts";
import { checkpointConflicts, path, pretrainedConflicts } from "./weights.ts";

// Every leaf has a default, the value in configs/fashion-lt-gml.yaml, so a config may leave any key out.

const temperature = () => above(0).default(1);

/** Temperatures of the new and the old model's logits, 1 unless given; null: no ensemble. */
export const ensembleKey = () =>
  z.strictObject({ temperatureNew: temperature(), temperatureOld: temperature() })
    .nullable().describe("temperatureNew and temperatureOld, or null").default(null);

/** Schema of the config: keys, the values they take, defaults. */
export const configSchema = z.strictObject({
  ...inputKeys("fashion-lt-gml"),
  /** Form of the last layer: linear, or cosine as LDAM trains it. */
  head: choice(["linear", "cosine"]).default("linear"),
  /** Config of `train` that trains stage 1, once, where no checkpoint is given; the result is cached. */
  stage1: path(),
  /** Begin with the classifier of stage 1, or initialise a new classifier. */
  classifier: choice(["warm", "reinit"]).default("warm"),
  /** Running statistics of the batch norms. */
  statistics: choice(["frozen", "updated"]).default("frozen"),
  loss: z.strictObject(lossKeys("gml"))
    .describe("a name, or name, gamma, lambda, smoothing and margin").prefault({}),
  sampler: samplerName(),
  epochs: whole(1, MOST_EPOCHS).default(20),
  batch: whole(1, MOST_BATCH).default(128),
  optimizer: z.strictObject(optimizerKeys({
    lr: 0.05,
    weightDecay: 0.0005,
    schedule: { kind: "steps", steps: [5], factors: [0.2], warmup: 0 },
  })).describe("name, lr, momentum, nesterov, weightDecay, betas, eps and schedule").prefault({}),
  /** Number of augmented views of every image that are stored as features; fresh: new views every epoch. */
  views: z.union([z.literal("fresh"), z.int().min(1).max(MOST_VIEWS)])
    .describe(`fresh or a whole number from 1 to ${MOST_VIEWS}`)
    .default(2),
  /** Place of these features: memory, disk (the cache), or auto: disk above 1 GiB. */
  featureBank: choice(["auto", "memory", "disk"]).default("auto"),
  /** Looks at each test image: none, once; flip, as it is and mirrored, and the mean of both probabilities counts. */
  tta: choice(testTimes).default("none"),
  /** The point on the line from the frequent classes to the rare ones: logits - t log(training images). */
  adjust: z.strictObject({
    ...adjustKeys(),
    /** auto: folder of images without labels to choose by, about as many of each class; null: validation images. */
    unlabelled: path(),
  }).describe("auto, a number, or t, target, giveUp and unlabelled").prefault({}),
  /** Costs of mistakes: a CSV file, or { "true->called": cost }; null: all mistakes cost the same. */
  costs: costsSchema(),
  ensemble: ensembleKey(),
  /** Further labelled images of each class whose gain is measured, by three more trainings; 0: not measured. */
  moreLabels: whole(0, many).default(0),
  /** The model that predict, evaluate and the library take from the checkpoint unless told otherwise. */
  keep: choice(modelNames).default("after"),
  ...runKeys(),
});

/** The effective config of a run: every key has its value. */
export type Config = z.output<typeof configSchema>;

/** The config of `finetune` and `evaluate`. */
export const finetuneConfig: ConfigKind<Config> = {
  task: "finetune",
  schema: configSchema,
  conflicts: ({ optimizer, data, loss, head, statistics, featureBank, adjust, ...config }) => [
    ...optimizerConflicts(optimizer),
    ...headConflicts(loss.name, head),
    ...augmentConflicts(data),
    ...networkConflicts(config),
    ...groupConflicts(config),
    ...dataConflicts(data),
    ...featureBank === "disk" && statistics === "updated"
      ? [{
        key: "featureBank",
        takes: "auto or memory, as features of updated statistics cannot be resumed part by part",
      }]
      : [],
    ...config.ensemble === null && config.keep !== "after"
      ? [{
        key: "keep",
        takes:
          "after with ensemble: null, as the checkpoint then holds no other model (--set ensemble={} adds it)",
      }]
      : [],
    ...config.moreLabels > 0 && (config.views === "fresh" || statistics === "updated")
      ? [{
        key: "moreLabels",
        takes: "0 with views: fresh or statistics: updated, as it trains again on stored features",
      }]
      : [],
    ...checkpointConflicts(config),
    ...pretrainedConflicts(config),
    ...pointConflicts({ head, adjust }),
    ...data.augment?.policy === "paco"
      ? [{ key: "data.augment.policy", takes: `${ONE_VIEW} as train alone takes two` }]
      : [],
  ],
  changes: ({ optimizer }) => ({ "optimizer.schedule.steps": stepsOf(optimizer.schedule) }),
  defaultFile: defaultFiles.finetune,
};
