import { z } from "zod";
import { defaultFiles } from "./paths.ts";
import type { ConfigKind, Conflict } from "./keys.ts";
import { dataConflicts } from "./data.ts";
import { headConflicts, losses } from "./losses.ts";
import {
  above,
  atLeast,
  augmentConflicts,
  choice,
  flag,
  groupConflicts,
  inputKeys,
  lossKeys,
  many,
  MOST_BATCH,
  MOST_EPOCHS,
  networkConflicts,
  ONE_VIEW,
  runKeys,
  samplerName,
  share,
  whole,
} from "./parts.ts";
import { optimizerConflicts, optimizerKeys, stepsOf } from "./optimizer.ts";
import { checkpointConflicts, pretrainedConflicts } from "./weights.ts";

// Every leaf has a default, the value in configs/fashion-lt-ce.yaml, so a config may leave any key out.

/** The config of `train`. */
export const trainSchema = z.strictObject({
  /** Without a checkpoint the weights are initialised from the seed. Few epochs learn more from images as they are. */
  ...inputKeys("fashion-lt-ce", null),
  /** Form of the last layer: linear, cosine as LDAM trains it, or linear with a learned scale for each class. */
  head: choice(["linear", "cosine", "scaled"]).default("linear"),
  /** Initial last layer: the checkpoint's, a new layer, or the checkpoint's with normalised weight vectors (tau-norm). */
  classifier: choice(["warm", "reinit", "tau-norm"]).default("warm"),
  /** tau-norm: divides each class's weight vector by this power of its length. */
  tau: atLeast(0).default(1),
  /**
   * The trained part: the whole network, its last stage and last layer, its last layer alone, or the scales of a scaled
   * head alone. Where the last stage is trained, batch norms before it use their running statistics.
   */
  train: choice(["all", "last-stage", "classifier", "scale"]).default("all"),
  /** Statistics of batch norms: updated: the batch's, and the running statistics are updated; frozen: the running statistics. */
  statistics: choice(["updated", "frozen"]).default("updated"),
  loss: z.strictObject({
    ...lossKeys("ce"),
    /** Class weights; they sum to the number of classes. */
    weights: choice(["none", "inverse", "effective"]).default("none"),
    /** effective: beta of the effective number. */
    beta: share().default(0.9999),
    /** Epoch, counted from 0, from which on the loss weights classes (DRW); null: from the first. */
    deferred: whole(1, many).nullable().describe("a whole number of at least 1, or null").default(null),
  }).describe("a name, or name, weights, beta, deferred, gamma, lambda, smoothing and margin").prefault({}),
  /** Parameter of the beta distribution of mixup; null: no mixup. */
  mixup: above(0).nullable().describe("a number above 0, or null").default(null),
  /** PaCo: compares images with each other, beside balanced softmax; null: no comparison. */
  paco: z.strictObject({
    /** Number of keys of earlier images that are kept. */
    queue: whole(1, 2 ** 20).default(1024),
    /** Share of its weights that the key network keeps in a step. */
    momentum: share().default(0.999),
    /** Length of the vectors that are compared. */
    features: whole(1, 2 ** 16).default(32),
    /** Divisor of the products of these vectors. */
    temperature: above(0).default(0.05),
    /** Weight of each other image of the same class. */
    alpha: atLeast(0).default(0.01),
    /** Weight of the class's own logit. */
    beta: above(0).default(1),
    /** Weight of the other images in the denominator. */
    negatives: atLeast(0).default(1),
  }).nullable().describe("queue, momentum, features, temperature, alpha, beta and negatives, or null")
    .default(
      null,
    ),
  sampler: samplerName(),
  epochs: whole(0, MOST_EPOCHS).default(3),
  /** Least number of steps of the whole training: epochs are raised to reach it, and warmup with them; 0: none are added. */
  minSteps: whole(0, 1_000_000_000).default(0),
  batch: whole(2, MOST_BATCH).default(64),
  /**
   * Most images of a batch on the device at once; auto: as many as its memory holds. Losses and the step see the
   * whole batch; batch norms with `statistics: updated` see one part at a time.
   */
  microBatch: z.union([z.literal("auto"), z.int().min(1)]).describe("auto or a whole number of at least 1")
    .default("auto"),
  /** True: batch norms of several processes go by the images of all of them, with `statistics: updated`. */
  syncBatchNorm: flag().default(false),
  optimizer: z.strictObject({
    ...optimizerKeys({
      lr: 0.1,
      weightDecay: 0.0002,
      schedule: { kind: "cosine", steps: [3, 5], factors: [0.1, 0.01], warmup: 1 },
    }),
    /** Factor on the learning rate of the last layer's weight and bias; its scales take the full rate. */
    classifierFactor: above(0).default(1),
  }).describe("name, lr, momentum, nesterov, weightDecay, betas, eps, classifierFactor and schedule")
    .prefault({}),
  /** Evaluates the test set every so many epochs; null: only at the end. */
  evaluateEvery: whole(1, many).nullable().describe("a whole number of at least 1, or null").default(null),
  /** Storage of activations and their gradients on the device; f16 takes an adapter with shader-f16, and scales the loss. */
  precision: choice(["f32", "f16"]).default("f32"),
  ...runKeys(),
});

/** The effective config of a training run: every key has its value. */
export type TrainConfig = z.output<typeof trainSchema>;

function conflicts(config: TrainConfig): Conflict[] {
  const { optimizer, epochs, loss, data, mixup, paco, head, classifier, train, batch, microBatch, minSteps } =
    config;
  const found = [
    ...optimizerConflicts(optimizer),
    ...headConflicts(loss.name, head),
    ...augmentConflicts(data),
    ...networkConflicts(config),
    ...groupConflicts(config),
    ...dataConflicts(data),
    ...checkpointConflicts(config),
    ...pretrainedConflicts(config),
  ];
  const add = (wrong: boolean, key: string, takes: string) => wrong && found.push({ key, takes });
  add(
    loss.weights !== "none" && !losses[loss.name].weighted,
    "loss.weights",
    `none with ${loss.name}, which has no weights`,
  );
  add(loss.deferred !== null && loss.weights === "none", "loss.deferred", "null without weights to defer");
  const views = data.augment?.policy === "paco" ? 2 : 1;
  add(paco === null && views === 2, "data.augment.policy", `${ONE_VIEW} without paco`);
  add(paco !== null && views === 1, "data.augment.policy", "paco with paco: it compares two views");
  add(
    paco !== null && loss.name !== "balanced-softmax",
    "loss.name",
    "balanced-softmax with paco, which adds to it",
  );
  add(paco !== null && mixup !== null, "mixup", "null with paco");
  add(
    paco !== null && microBatch !== "auto" && microBatch < batch,
    "microBatch",
    "auto with paco, which compares each image with the keys of its whole batch",
  );
  add(
    train === "scale" && head !== "scaled",
    "head",
    "scaled with train scale: no other has scales to train",
  );
  add(
    train === "scale" && optimizer.classifierFactor !== 1,
    "optimizer.classifierFactor",
    "1 with train scale, which trains neither weight nor bias",
  );
  add(
    classifier === "tau-norm" && head === "cosine",
    "classifier",
    "warm or reinit with a cosine head, which takes no note of lengths",
  );
  const rescaled = minSteps === 0 ||
    epochs > 0 && optimizer.schedule.kind !== "steps" && loss.deferred === null;
  add(
    !rescaled,
    "minSteps",
    "0 without epochs, and where changes are due at epochs: schedule steps, loss.deferred",
  );
  add(
    epochs === 0 && classifier !== "tau-norm",
    "epochs",
    "a whole number of at least 1, or 0 with classifier tau-norm",
  );
  return found;
}

/** The keys that taking steps goes by, whatever the samples are. */
export type StepConfig = Pick<
  TrainConfig,
  | ("classifier" | "tau" | "statistics" | "loss" | "sampler" | "epochs" | "batch" | "microBatch")
  | ("optimizer" | "precision" | "evaluateEvery" | "seed")
>;

/** The config of `train`, as a kind. */
export const trainingConfig: ConfigKind<TrainConfig> = {
  task: "train",
  schema: trainSchema,
  conflicts,
  changes: ({ loss: { deferred }, optimizer: { schedule } }) => ({
    "optimizer.schedule.steps": stepsOf(schedule),
    "loss.deferred": deferred === null ? [] : [deferred],
  }),
  defaultFile: defaultFiles.train,
};
