import { z } from "zod";
import { type NetworkName, networkNames } from "../../engine/mod.ts";
import type { ConfigKind } from "../config/schema/keys.ts";
import { adjustKeys, costsSchema } from "../config/schema/parts.ts";
import type { GivenCosts } from "../decision/costs.ts";
import { type TestTime, testTimes } from "../decision/decide.ts";
import type { Target } from "../decision/objectives.ts";

/** Keys of a model that a prediction needs beside the weights; null: the checkpoint tells. */
export interface ModelKeys {
  /** Such as `resnet8`, `resnet50`. */
  network: NetworkName | null;
  /** Form of the last layer; `linear` where the checkpoint does not tell. */
  head: "linear" | "cosine" | null;
  /** True if the network has a bottleneck behind its last stage; false where the checkpoint does not tell. */
  extraBlock: boolean | null;
  /** Names of the classes in the order of their labels. */
  names: string[] | null;
  /** Height and width in pixels of the crop that the network sees, or one number for both. */
  size: number | [height: number, width: number] | null;
  /** Shorter side in pixels before the crop; `none`: images stay as they are. */
  resize: number | "none" | null;
  /** Mean of pixel / 255, a number for each channel: one for grey, three for RGB. */
  mean: number[] | null;
  /** Standard deviation of pixel / 255, a number for each channel. */
  std: number[] | null;
  /** Training images of each class in the order of the labels; an adjustment takes them. */
  counts: number[] | null;
}

/** Keys that `deno task predict` takes by `--set`. */
export interface PredictKeys extends Omit<ModelKeys, "names"> {
  /** File with the names of the classes, one a line. */
  names: string | null;
  /** Threads that decode; null: as many as there is use for. */
  workers: number | null;
  /** Most device memory in GiB; null: the engine's default. */
  memoryBudget: number | null;
  /** Looks at an image; null: as the model's run took them. */
  tta: TestTime | null;
  /** The point between frequent and rare classes. */
  adjust: { t: number | "auto"; target: Target };
  /** Costs of mistakes: a CSV file, or pairs. */
  costs: string | GivenCosts | null;
  /** Most pixels of an image. */
  maxPixels: number;
  /** Decoder of plain JPEGs. */
  decoder: "sharp" | "turbojpeg";
  /** Times kernels and takes the fastest; auto: on GPUs. */
  tune: "auto" | "on" | "off";
}

const unknown = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);
const each = (number: z.ZodNumber, what: string) =>
  z.array(number).min(1).max(4).describe(`a list of a ${what} for each channel`);
const side = () => z.int().min(1).max(65536);

const modelKeys = {
  network: unknown(z.enum(networkNames).describe(`one of ${networkNames.join(", ")}`)),
  head: unknown(z.enum(["linear", "cosine"]).describe("one of linear, cosine")),
  extraBlock: unknown(z.boolean().describe("true or false")),
  names: unknown(z.array(z.string()).min(1).describe("a list of names")),
  size: unknown(
    z.union([side(), z.tuple([side(), side()])])
      .describe("a whole number from 1 to 65536, or a list of height and width"),
  ),
  resize: unknown(z.union([z.literal("none"), side()]).describe("a whole number from 1 to 65536, or none")),
  mean: unknown(each(z.number(), "number")),
  std: unknown(each(z.number().gt(0), "number above 0")),
  counts: unknown(z.array(z.int().min(0)).min(1).describe("a list of whole numbers, one for each class")),
};

/** The keys of a kind of settings without a config file. */
function kindOf<C>(schema: z.ZodType<C>): ConfigKind<C> {
  return { task: "predict", schema, conflicts: () => [], changes: () => ({}), defaultFile: "" };
}

/** Keys of a model as a program gives them. */
export const modelKind: ConfigKind<ModelKeys> = kindOf(z.strictObject(modelKeys));

const point = adjustKeys();

/** Keys that `deno task predict` takes by `--set`. */
export const predictKind: ConfigKind<PredictKeys> = kindOf(z.strictObject({
  ...modelKeys,
  names: unknown(z.string().min(1).describe("a file with a class in each line")),
  workers: unknown(z.int().min(1).max(256).describe("a whole number from 1 to 256")),
  memoryBudget: unknown(z.number().gt(0).describe("a number above 0")),
  tta: unknown(z.enum(testTimes).describe(`one of ${testTimes.join(", ")}`)),
  adjust: z.strictObject({ t: point.t, target: point.target }).describe("auto, a number, or t and target")
    .prefault({}),
  costs: costsSchema(),
  maxPixels: z.int().min(1).describe("a whole number of at least 1").default(100_000_000),
  decoder: z.enum(["sharp", "turbojpeg"]).describe("one of sharp, turbojpeg").default("sharp"),
  tune: z.enum(["auto", "on", "off"]).describe("one of auto, on, off").default("auto"),
}));
