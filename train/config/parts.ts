import { z } from "zod";
import { bottleneckNames, type NetworkName, networkNames } from "../../engine/mod.ts";
import { ASCENDING, type Conflict } from "./keys.ts";
import { type LossName, lossNames } from "./losses.ts";

// What the configs of several commands have in common. Every leaf carries, as its description, what it takes: the words
// after "it takes" in an error message.

/** One of these words. */
export const choice = <const T extends readonly string[]>(values: T) =>
  z.enum(values).describe(`one of ${values.join(", ")}`);

/** A whole number in a range. */
export const whole = (least: number, most: number) =>
  z.int().min(least).max(most).describe(
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
  );

/** A number above a bound. */
export const above = (bound: number) => z.number().gt(bound).describe(`a number above ${bound}`);

/** A number that is not below a bound. */
export const atLeast = (bound: number) => z.number().min(bound).describe(`a number of at least ${bound}`);

/** A number from 0 to below 1. */
export const share = () => z.number().min(0).lt(1).describe("a number from 0 to below 1");

/** True or false. */
const flag = () => z.boolean().describe("true or false");

/** A path, by default none. */
export const path = () => z.string().min(1).nullable().describe("a path or null").default(null);

/** Of a whole number without a bound. */
export const many = Number.MAX_SAFE_INTEGER;

/** A seed, 0 by default. */
const seed = () => whole(0, 2 ** 32 - 1).default(0);

/** Which images there are, which of them are kept, how they are changed; data.ts tells which keys fit a source. */
export const dataKeys = () =>
  z.strictObject({
    source: choice(["cifar10", "cifar100", "fashion-mnist", "idx", "list", "folder", "parquet"])
      .default("fashion-mnist"),
    /** Folder with the files; null: fetched and cached where the source allows it. */
    dir: path(),
    /**
     * Images of the largest class over those of the smallest; 1 keeps all, and is the default of list, folder and
     * parquet: what has a long tail by nature needs no cut. Classes are cut in the order of their labels.
     */
    ratio: atLeast(1).default(100),
    /** How the classes of the cut shrink: CIFAR-LT's way, or ImageNet-LT's. */
    profile: choice(["exponential", "pareto"]).default("exponential"),
    /** Of pareto: its power. */
    alpha: above(0).default(6),
    /** Seed of the long-tailed cut and of testShare alone: which images are kept, which are for testing. */
    seed: seed(),
    /**
     * The list of training images (list): a relative path and a label a line, a table (CSV, TSV) or annotations (JSON);
     * null: both lists are looked for in dir. Of folder: the folder of the training images' classes; null: found by name.
     */
    train: path(),
    /** The same of the test images; null: testShare of the training images. */
    test: path(),
    /** The same of validation images, which are kept apart from both; null: found by name, of folder. */
    validation: path(),
    /** Of list: a file with the names of the classes, one a line; null: they are numbered. */
    names: path(),
    /** Of list: taken off the front of each path, before add is put there; null: nothing. */
    strip: z.string().nullable().describe("text or null").default(null),
    /** Of list: put before each path; null: nothing. */
    add: z.string().nullable().describe("text or null").default(null),
    /** Headings of a table's columns of paths and of labels (list); null: found by name. */
    pathColumn: z.string().nullable().describe("text or null").default(null),
    labelColumn: z.string().nullable().describe("text or null").default(null),
    /** Symbolic links that lead out of dir (list and folder). */
    links: choice(["refuse", "follow"]).default("refuse"),
    /** Classes without training images (list and folder). */
    emptyClasses: choice(["refuse", "drop"]).default("refuse"),
    /** Of list, folder and parquet without a test split: the share of each class's images that is for testing. */
    testShare: z.number().gt(0).lt(1).describe("a number above 0 and below 1").default(0.2),
    /** Of the same: shorter side in pixels that images are brought to when they are decoded; null: as they are. */
    resize: whole(1, 65536).nullable().describe("a whole number from 1 to 65536, or null").default(256),
    /** Of the same: height and width of what is cut out of that. */
    size: whole(8, 4096).default(224),
    /** Of the same: how many images of a pass may be broken; they come as black. */
    maxBroken: whole(0, many).default(0),
    /** Of the same: images of more pixels, by their header, count as broken. */
    maxPixels: whole(1, many).default(100_000_000),
    /** Of the same: GiB of decoded images that are kept in the cache, for later epochs and runs; 0: none. */
    imageCache: z.number().min(0).max(1024).describe("a number from 0 to 1024").default(4),
    /**
     * The same image in training and test images, or in two classes: told; or left out (out of the training images, and
     * where the class is doubtful out of both); or refused; or not looked for.
     */
    duplicates: choice(["tell", "drop", "refuse", "ignore"]).default("tell"),
    /** Mean and deviation of each channel of pixel / 255, by which images are normalized; null: the source's. */
    mean: z.array(z.number()).min(1).nullable().describe("a list of numbers, one for each channel, or null")
      .default(null),
    std: z.array(z.number().gt(0)).min(1).nullable()
      .describe("a list of numbers above 0, one for each channel, or null").default(null),
    /** Random changes to training images; null: none. */
    augment: z.strictObject({
      /** What else than padding, cropping and mirroring; paco makes two views of every image. */
      policy: choice(["crop-flip", "resized-crop", "autoaugment", "simclr", "paco"]).default("crop-flip"),
      pad: whole(0, 64).default(4),
      flip: flag().default(true),
      /** Of policies that stretch: parts of the file's own image, not of the one brought to resize. Not cached. */
      whole: flag().default(false),
      /** How far colours change, of crop-flip and resized-crop; null: not at all. */
      jitter: z.strictObject({
        brightness: atLeast(0).default(0.4),
        contrast: atLeast(0).default(0.4),
        saturation: atLeast(0).default(0.4),
        /** Of the colour wheel. */
        hue: z.number().min(0).max(0.5).describe("a number from 0 to 0.5").default(0),
      }).nullable().describe("brightness, contrast, saturation and hue, or null").default(null),
      /** Side of a black square, in pixels; 0: none. */
      cutout: whole(0, 256).default(0),
    })
      .nullable().describe("policy, pad, flip, whole, jitter and cutout, or null").prefault({}),
  }).describe("source, dir, ratio and other keys of data").prefault({});

/**
 * What a run works with.
 *
 * @param name Of the run whose config holds the defaults.
 */
export const inputKeys = (name: string) => ({
  /** Name of the run and of its folder; the config file's own name by default. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .describe("a name of letters, digits, dots, dashes and underscores").default(name),
  data: dataKeys(),
  network: choice(networkNames).default("resnet8"),
  /** One more bottleneck behind the last stage of a network of bottlenecks, such as resnet152. */
  extraBlock: flag().default(false),
  /** Weights to begin with, torch or safetensors. */
  checkpoint: path(),
  /** List of the images that checkpoint was trained with, `path label` a line: the order of the classes is checked. */
  checkpointList: path(),
});

/** Conflicts of a network. */
export function networkConflicts(
  { network, extraBlock }: { network: NetworkName; extraBlock: boolean },
): Conflict[] {
  if (!extraBlock || bottleneckNames.includes(network)) return [];
  const takes = `false with ${network}: behind ${
    bottleneckNames.join(", ")
  } alone there is room for a bottleneck`;
  return [{ key: "extraBlock", takes }];
}

/** Conflicts of what is said of a checkpoint that there is none of. */
export function checkpointConflicts(
  { checkpoint, checkpointList }: { checkpoint: string | null; checkpointList: string | null },
): Conflict[] {
  return checkpointList !== null && checkpoint === null
    ? [{ key: "checkpointList", takes: "null without a checkpoint, whose list it is" }]
    : [];
}

/** A loss by its name, and what some of the losses take besides. */
export const lossKeys = (name: LossName) => ({
  name: choice(lossNames).default(name),
  /** Of focal: the power of the probability that is missing. */
  gamma: atLeast(0).default(2),
  /** Of gml+las: what GML counts beside label-aware smoothing. */
  lambda: above(0).default(1),
  /** Of las and gml+las: how much of the label of the largest class and of the smallest is smoothed away. */
  smoothing: z.strictObject({ head: share().default(0.4), tail: share().default(0.1) })
    .describe("head and tail").prefault({}),
  /** Of ldam: the margin of the smallest class. */
  margin: above(0).default(0.5),
});

/** What `data.augment.policy` takes where images are seen once: in words. */
export const ONE_VIEW = "crop-flip, resized-crop, autoaugment or simclr, which make one view,";

/** Conflicts of an augmentation. */
export function augmentConflicts(
  { augment }: { augment: { policy: string; jitter: unknown } | null },
): Conflict[] {
  return augment?.jitter && !["crop-flip", "resized-crop"].includes(augment.policy)
    ? [{ key: "data.augment.jitter", takes: `null with ${augment.policy}, which has its own` }]
    : [];
}

/** In which order images are drawn. */
export const samplerName = () => choice(["instance", "class-balanced"]).default("instance");

/** Momentum of SGD. */
const MOMENTUM = 0.9;

/** The optimizer, and its learning rate over the epochs. */
export const optimizerKeys = (
  { lr, weightDecay, schedule: { kind, steps, factors, warmup } }: {
    lr: number;
    weightDecay: number;
    schedule: { kind: "steps" | "cosine"; steps: number[]; factors: number[]; warmup: number };
  },
) => ({
  name: choice(["sgd", "adamw"]).default("sgd"),
  lr: above(0).default(lr),
  /** Of SGD. */
  momentum: share().default(MOMENTUM),
  nesterov: flag().default(false),
  weightDecay: atLeast(0).default(weightDecay),
  schedule: z.strictObject({
    /** The learning rate stays lr, or is lr times a factor from each step on, or falls along half a cosine to 0. */
    kind: choice(["constant", "steps", "cosine"]).default(kind),
    /** Epochs, counted from 0, from which on the learning rate is lr times the factor of the same place. */
    steps: z.array(z.int().min(1)).describe(ASCENDING).default(steps),
    factors: z.array(z.number().gt(0)).describe("a list of numbers above 0, as many as steps").default(
      factors,
    ),
    /** Epochs in which the learning rate rises to what it would be, linearly. */
    warmup: whole(0, many).default(warmup),
  }).describe("kind, steps, factors and warmup").prefault({}),
});

/** An optimizer of any command. */
export type OptimizerConfig = z.output<z.ZodObject<ReturnType<typeof optimizerKeys>>>;

/** Conflicts of an optimizer. */
export function optimizerConflicts({ name, nesterov, momentum, schedule }: OptimizerConfig): Conflict[] {
  const found: Conflict[] = [];
  const add = (wrong: boolean, key: string, takes: string) =>
    wrong && found.push({ key: `optimizer.${key}`, takes });
  const steps = stepsOf(schedule);
  add(steps.some((step, i) => i > 0 && step <= steps[i - 1]), "schedule.steps", ASCENDING);
  add(
    schedule.kind === "steps" && schedule.factors.length !== steps.length,
    "schedule.factors",
    `as many numbers as there are steps (${steps.length})`,
  );
  add(nesterov && momentum === 0, "momentum", "a number above 0 with nesterov");
  const ofSgd = "with adamw: it is a key of sgd";
  add(name !== "sgd" && nesterov, "nesterov", `false ${ofSgd}`);
  add(name !== "sgd" && momentum !== MOMENTUM, "momentum", `${MOMENTUM} ${ofSgd}`);
  return found;
}

/** The epochs at which a schedule changes by steps. */
export function stepsOf({ kind, steps }: OptimizerConfig["schedule"]): readonly number[] {
  return kind === "steps" ? steps : [];
}

/** Where everything random begins, and how the machine is used. */
export const runKeys = () => ({
  seed: seed(),
  /** Threads that decode and augment; they never change the result. */
  workers: whole(1, 256).default(1),
  /** Memory of the device that may be in use, in GiB; null: what the engine takes without it. */
  memoryBudget: above(0).nullable().describe("a number above 0, or null").default(null),
  /** Which kernels are used. */
  family: choice(["auto", "tile", "lane"]).default("auto"),
  /** Whether kernels are timed and the fastest taken; auto: on GPUs. The result does not depend on it. */
  tune: choice(["auto", "on", "off"]).default("auto"),
});
