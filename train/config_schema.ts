import { z } from "zod";

// Every leaf carries, as its description, what it takes: the words after "it takes" in an error message.
// Every leaf has a default, and they are those of configs/fashion-lt-gml.yaml, so a config may leave any key out.

const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values).describe(`one of ${values.join(", ")}`);
const whole = (least: number, most: number) =>
  z.int().min(least).max(most).describe(
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
  );
const above = (bound: number) => z.number().gt(bound).describe(`a number above ${bound}`);
const atLeast = (bound: number) => z.number().min(bound).describe(`a number of at least ${bound}`);
const path = () => z.string().min(1).nullable().describe("a path or null").default(null);

const many = Number.MAX_SAFE_INTEGER;
const seed = () => whole(0, 2 ** 32 - 1).default(0);
const temperature = () => above(0).default(1);

/** The config of a run: its keys, what each takes, its default. */
export const configSchema = z.strictObject({
  /** Name of the run and of its folder; the config file's own name by default. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .describe("a name of letters, digits, dots, dashes and underscores").default("fashion-lt-gml"),
  data: z.strictObject({
    source: choice(["cifar10", "cifar100", "fashion-mnist", "idx"]).default("fashion-mnist"),
    /** Folder with the files; null: fetched and cached where the source allows it. */
    dir: path(),
    /** Images of the largest class over those of the smallest; 1 keeps all. */
    ratio: atLeast(1).default(100),
    /** Seed of the long-tailed cut alone: which images are kept. */
    seed: seed(),
    /** Random changes to training images; null: none. */
    augment: z.strictObject({
      /** What else than padding, cropping and mirroring; paco makes two views of every image. */
      policy: choice(["crop-flip", "autoaugment", "simclr", "paco"]).default("crop-flip"),
      pad: whole(0, 64).default(4),
      flip: z.boolean().describe("true or false").default(true),
      /** Side of a black square, in pixels; 0: none. */
      cutout: whole(0, 256).default(0),
    })
      .nullable().describe("policy, pad, flip and cutout, or null").prefault({}),
  }).describe("source, dir, ratio, seed and augment").prefault({}),
  network: choice(["resnet8", "resnet14", "resnet20", "resnet32", "resnet44", "resnet56"]).default("resnet8"),
  /** Stage-1 weights, torch or safetensors. */
  checkpoint: path(),
  /** Keep the classifier's stage-1 weights or draw new ones. */
  classifier: choice(["warm", "reinit"]).default("warm"),
  /** Running statistics of the batch norms. */
  statistics: choice(["frozen", "updated"]).default("frozen"),
  loss: choice(["gml", "ce", "ce-weighted", "balanced-softmax"]).default("gml"),
  sampler: choice(["instance", "class-balanced"]).default("instance"),
  epochs: whole(1, many).default(20),
  batch: whole(1, many).default(128),
  optimizer: z.strictObject({
    lr: above(0).default(0.05),
    /** Epochs, counted from 0, before which the learning rate is multiplied by gamma. */
    steps: z.array(z.int().min(1)).describe("a list of whole numbers, ascending and below epochs").default([
      5,
    ]),
    gamma: above(0).default(0.2),
    momentum: z.number().min(0).lt(1).describe("a number from 0 to below 1").default(0.9),
    nesterov: z.boolean().describe("true or false").default(false),
    weightDecay: atLeast(0).default(0.0005),
  }).describe("lr, steps, gamma, momentum, nesterov and weightDecay").prefault({}),
  /** How many augmented views of every image are stored as features, or new ones every epoch. */
  views: z.union([z.literal("fresh"), z.int().min(1)]).describe("fresh or a whole number of at least 1")
    .default(2),
  /** Temperatures of the new and the old model's logits; null: no ensemble. */
  ensemble: z.strictObject({ temperatureNew: temperature(), temperatureOld: temperature() })
    .nullable().describe("temperatureNew and temperatureOld, or null").prefault({}),
  seed: seed(),
  /** Threads that decode and augment; they never change the result. */
  workers: whole(1, 256).default(1),
  family: choice(["auto", "tile", "lane"]).default("auto"),
});

/** The effective config of a run: every key has its value. */
export type Config = z.output<typeof configSchema>;

/** What a path of the config leads to. */
interface Found {
  /** What the key takes, in words. */
  takes: string;
  /** Whether text is taken as it is, never read as a number or a boolean. */
  text: boolean;
}

/** The schema below wrappers such as a default or null, with the first description met. */
function unwrap(schema: z.ZodType): { inner: z.ZodType; takes: string } {
  let takes = schema.description ?? "";
  while (
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable
  ) {
    schema = schema.unwrap() as z.ZodType;
    takes ||= schema.description ?? "";
  }
  return { inner: schema, takes };
}

/** All dotted keys of the config, groups too, in the order of the schema. */
export function configKeys(): string[] {
  const walk = (schema: z.ZodType, prefix: string): string[] => {
    const { inner } = unwrap(schema);
    if (!(inner instanceof z.ZodObject)) return [];
    return Object.entries(inner.shape as Record<string, z.ZodType>)
      .flatMap(([key, value]) => [prefix + key, ...walk(value, `${prefix}${key}.`)]);
  };
  return walk(configSchema, "");
}

/** What stands at a path of the config, as far as the path leads to known keys; an index of a list ends it. */
export function configKey(path: readonly PropertyKey[]): Found {
  let { inner, takes } = unwrap(configSchema);
  for (const key of path) {
    if (!(inner instanceof z.ZodObject) || !Object.hasOwn(inner.shape, key)) break;
    ({ inner, takes } = unwrap(inner.shape[key as string] as z.ZodType));
  }
  return { takes, text: inner instanceof z.ZodString };
}
