import { z } from "zod";
import { targets } from "../../decision/objectives.ts";
import { bottleneckNames, type NetworkName, networkNames } from "../../../engine/mod.ts";
import type { Conflict } from "./keys.ts";
import { type LossName, lossNames } from "./losses.ts";
import { path, weightsKeys } from "./weights.ts";

// Parts that the configs of several commands share. The description of a leaf names the values that it takes: the words
// after "takes" in an error message.

/** Takes one of these words. */
export const choice = <const T extends readonly string[]>(values: T) =>
  z.enum(values).describe(`one of ${values.join(", ")}`);

/** Takes a whole number in a range. */
export const whole = (least: number, most: number) =>
  z.int().min(least).max(most).describe(
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
  );

/** Takes a number above a bound. */
export const above = (bound: number) => z.number().gt(bound).describe(`a number above ${bound}`);

/** Takes a number of at least a bound. */
export const atLeast = (bound: number) => z.number().min(bound).describe(`a number of at least ${bound}`);

/** Takes a number from 0 to below 1. */
export const share = () => z.number().min(0).lt(1).describe("a number from 0 to below 1");

/** Takes true or false. */
export const flag = () => z.boolean().describe("true or false");

/** Upper bound of a whole number that has no bound of its own. */
export const many = Number.MAX_SAFE_INTEGER;
/** Upper bounds of what a run makes lists and memory of. */
export const [MOST_EPOCHS, MOST_BATCH, MOST_VIEWS] = [1_000_000, 2 ** 20, 10_000];

/** Takes a seed, 0 by default. */
export const seed = () => whole(0, 2 ** 32 - 1).default(0);

/** Takes the share of each class that is set aside for testing. */
export const testShare = () => z.number().gt(0).lt(1).describe("a number above 0 and below 1").default(0.2);

/** Takes the name of a run. @param name The default. */
export const nameKey = (name: string) =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .describe("a name of letters, digits, dots, dashes and underscores").default(name);

/** Source of the images, the cut, and augmentation, crop-flip by default; data.ts says which keys fit a source. */
export const dataKeys = (augment: Record<never, never> | null = {}) =>
  z.strictObject({
    source: choice(["cifar10", "cifar100", "fashion-mnist", "idx", "list", "folder", "parquet"])
      .default("fashion-mnist"),
    /** Folder with the files; null: fetched and cached where the source allows it. */
    dir: path(),
    /**
     * Images of the largest class over images of the smallest; 1 keeps all, and is the default of list, folder and
     * parquet, as a natural long tail needs no cut. Classes are cut in the order of their labels.
     */
    ratio: atLeast(1).default(100),
    /** Shape of the cut: exponential as CIFAR-LT, or pareto as ImageNet-LT. */
    profile: choice(["exponential", "pareto"]).default("exponential"),
    /** pareto: power of the distribution. */
    alpha: above(0).default(6),
    /** Seed of the long-tailed cut, testShare and validationShare: it chooses the images that are kept or set aside. */
    seed: seed(),
    /**
     * list: file of the training images, a relative path and a label a line, a table (CSV, TSV) or annotations (JSON);
     * null: searches dir for both lists. folder: folder of the training images' classes; null: found by name.
     */
    train: path(),
    /** list, folder: the same for the test images; null: testShare, or found like train where train is null. */
    test: path(),
    /** list, folder: the same for validation images, which are kept apart; null: found by name (folder). */
    validation: path(),
    /** list: file with the class names, one a line; null: classes are numbered. */
    names: path(),
    /** list: prefix removed from each path, before add is put there; null: nothing. */
    strip: z.string().nullable().describe("text or null").default(null),
    /** list: prefix put before each path; null: nothing. */
    add: z.string().nullable().describe("text or null").default(null),
    /** list, tables: headings of the columns of paths and of labels; null: found by name. */
    pathColumn: z.string().nullable().describe("text or null").default(null),
    labelColumn: z.string().nullable().describe("text or null").default(null),
    /** list, folder: symbolic links that lead out of dir. */
    links: choice(["refuse", "follow"]).default("refuse"),
    /** list, folder: classes without training images. */
    emptyClasses: choice(["refuse", "drop"]).default("refuse"),
    /** list, folder and parquet without a test split: share of each class's images that is set aside for testing. */
    testShare: testShare(),
    /**
     * Share of each class's training images, after the cut, that is set aside for validation by seed: no training uses them.
     * At least 5 of a class that keeps 5; a split that the data have takes their place. 0: sets none aside.
     */
    validationShare: share().default(0),
    /** Image files: shorter side in pixels after decoding; null: unchanged. */
    resize: whole(1, 65536).nullable().describe("a whole number from 1 to 65536, or null").default(256),
    /** Image files: height and width of the crop out of the resized image. */
    size: whole(8, 4096).default(224),
    /** Image files: most broken images of a pass; they count as black images. */
    maxBroken: whole(0, many).default(0),
    /** Image files: images with more pixels in their header count as broken. */
    maxPixels: whole(1, many).default(100_000_000),
    /** Image files: turbojpeg decodes plain JPEGs by libturbojpeg, in less time and to the same pixels. */
    decoder: choice(["sharp", "turbojpeg"]).default("sharp"),
    /** Image files: GiB of decoded images kept in the cache for later epochs and runs; 0: keeps no images. */
    imageCache: z.number().min(0).max(1024).describe("a number from 0 to 1024").default(4),
    /**
     * Images that are in training and test images, or in two classes. tell: the run names them; drop: removes them from the
     * training images and, where the class is doubtful, from both; refuse: an error; ignore: does not look for them.
     */
    duplicates: choice(["tell", "drop", "refuse", "ignore"]).default("tell"),
    /**
     * Mean and standard deviation of each channel of pixel / 255, to normalize images; null: the source's, or ImageNet's
     * with pretrained.
     */
    mean: z.array(z.number()).min(1).nullable()
      .describe("a list of numbers, one for each channel, or null").default(null),
    std: z.array(z.number().gt(0)).min(1).nullable()
      .describe("a list of numbers above 0, one for each channel, or null").default(null),
    /** Random changes to training images; null: no changes. */
    augment: z.strictObject({
      /** Changes beside padding, cropping and mirroring; paco makes two views of every image. */
      policy: choice(["crop-flip", "resized-crop", "autoaugment", "simclr", "paco"]).default("crop-flip"),
      pad: whole(0, 64).default(4),
      flip: flag().default(true),
      /** Policies that stretch: crops the file's own image, not the resized image. Not cached. */
      whole: flag().default(false),
      /** crop-flip and resized-crop: range of colour changes; null: no changes. */
      jitter: z.strictObject({
        brightness: atLeast(0).default(0.4),
        contrast: atLeast(0).default(0.4),
        saturation: atLeast(0).default(0.4),
        hue: z.number().min(0).max(0.5).describe("a number from 0 to 0.5").default(0), // share of the colour wheel
      }).nullable().describe("brightness, contrast, saturation and hue, or null").default(null),
      /** Side of a black square in pixels; 0: no square. */
      cutout: whole(0, 256).default(0),
    })
      .nullable().describe("policy, pad, flip, whole, jitter and cutout, or null").prefault(augment),
  }).describe("source, dir, ratio and other keys of data").prefault({});

/**
 * Keys of the data, the network and the checkpoint of a run.
 *
 * @param name Name of the run whose config holds the defaults. @param augment Default of the augmentation.
 */
export const inputKeys = (name: string, augment?: null) => ({
  /** Name of the run and of its folder; the config file's own name by default. */
  name: nameKey(name),
  data: dataKeys(augment),
  network: choice(networkNames).default("resnet8"),
  /** Adds a bottleneck behind the last stage of a network of bottlenecks, such as resnet152. */
  extraBlock: flag().default(false),
  ...weightsKeys(),
});

/** Finds conflicts of a network with other keys. */
export function networkConflicts(
  { network, extraBlock }: { network: NetworkName; extraBlock: boolean },
): Conflict[] {
  if (!extraBlock || bottleneckNames.includes(network)) return [];
  const names = bottleneckNames.join(", ");
  const takes = `false with ${network}: behind ${names} alone there is room for a bottleneck`;
  return [{ key: "extraBlock", takes }];
}

/** A loss by its name, and what some of the losses take besides. */
export const lossKeys = (name: LossName) => ({
  name: choice(lossNames).default(name),
  /** focal: power of 1 - p. */
  gamma: atLeast(0).default(2),
  /** gml+las: weight of GML beside label-aware smoothing. */
  lambda: above(0).default(1),
  /** las and gml+las: share of the label smoothed away in the largest class (head) and in the smallest (tail). */
  smoothing: z.strictObject({ head: share().default(0.4), tail: share().default(0.1) })
    .describe("head and tail").prefault({}),
  /** ldam: margin of the smallest class. */
  margin: above(0).default(0.5),
});

/** Values that `data.augment.policy` takes where images are seen once, in words. */
export const ONE_VIEW = "crop-flip, resized-crop, autoaugment or simclr, which make one view,";

/** Finds conflicts of an augmentation. */
export function augmentConflicts(
  { augment }: { augment: { policy: string; jitter: unknown } | null },
): Conflict[] {
  return augment?.jitter && !["crop-flip", "resized-crop"].includes(augment.policy)
    ? [{ key: "data.augment.jitter", takes: `null with ${augment.policy}, which has its own` }]
    : [];
}

/** Keys of the point on the line from the frequent classes to the rare ones: logits - t log(training images). */
export const adjustKeys = () => ({
  /** Taken off for rare classes the less; 0: as trained; auto: chosen on validation images. */
  t: z.union([z.literal("auto"), z.number()]).describe("auto or a number").default(0),
  /** auto: the number to make as large as it can be; balanced: classes are called as often as they come. */
  target: choice(targets).default("hmean"),
  /** auto: most points of mean recall that the target may cost beside t = 0; null: any. */
  giveUp: atLeast(0).nullable().describe("a number of at least 0, or null").default(null),
});

/** Finds a point that the classifier cannot take in. */
export function pointConflicts(
  { head, adjust }: { head: string; adjust: { t: number | "auto" } },
): Conflict[] {
  if (head !== "cosine" || adjust.t === 0) return [];
  return [{ key: "adjust.t", takes: "0 with head cosine, which has no bias to fold it into" }];
}

/** Costs of mistakes: a CSV file or pairs of classes. */
export const costsSchema = () =>
  z.union([z.string().min(1), z.record(z.string().min(1), z.number().min(0))])
    .nullable().describe('a CSV file, { "true->called": cost }, or null').default(null);

/** Order in which images are drawn. */
export const samplerName = () => choice(["instance", "class-balanced"]).default("instance");

/** Values of `groups`, in words. */
const TWO_BOUNDS = "two whole numbers of at least 1, the larger first";

/** Finds bounds of groups in the wrong order. */
export function groupConflicts({ groups: [most, least] }: { groups: readonly number[] }): Conflict[] {
  return most > least ? [] : [{ key: "groups", takes: TWO_BOUNDS }];
}

/** Seed of the run, and use of the machine. */
export const runKeys = () => ({
  seed: seed(),
  /** Bounds of the groups: classes with more training images than the first are many, with fewer than the second few. */
  groups: z.array(z.int().min(1)).length(2).describe(TWO_BOUNDS).default([100, 20]),
  /** Points of plain accuracy that a gain for the classes may cost before the verdict advises against it. */
  maxAccuracyLoss: atLeast(0).default(10),
  /** Threads that decode and augment; null: by the device. They never change the result. */
  workers: whole(1, 256).nullable().describe("a whole number from 1 to 256, or null").default(null),
  /** Most device memory in GiB; null: the engine's default. */
  memoryBudget: above(0).nullable().describe("a number above 0, or null").default(null),
  /** Kernel family. */
  family: choice(["auto", "tile", "lane"]).default("auto"),
  /** Times kernels and takes the fastest; auto: on GPUs. The result does not depend on it. */
  tune: choice(["auto", "on", "off"]).default("auto"),
});

/** The keys that the configs of all runs have. */
export type RunConfig = { name: string } & Omit<z.output<z.ZodObject<ReturnType<typeof runKeys>>>, "workers">;

/** The keys that the configs of all runs that train have. */
export type TrainingRun = RunConfig & { epochs: number; batch: number };
