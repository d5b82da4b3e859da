import type { Dataset } from "../../data/mod.ts";
import { isTree } from "../config/schema/config_tree.ts";
import { configOf } from "../config/load.ts";
import type { ConfigKind } from "../config/schema/keys.ts";
import type { LossName } from "../config/schema/losses.ts";
import { keptModel } from "../model/facts.ts";
import { metadataOf, readMetadata } from "../model/header.ts";
import { evaluationKeys } from "../model/recipe.ts";
import type { EpochRow } from "../results/records.ts";
import { type ModelName, modelNames } from "../verdict/judge.ts";

/** The optimizer of a run and its learning rate; a key that is left out has the default of the command. */
export interface OptimizerOptions {
  /** `sgd`, with momentum, is the default. */
  name?: "sgd" | "adamw";
  /** Learning rate to begin with. */
  lr?: number;
  /** Weight decay; of `adamw` it is decoupled. */
  weightDecay?: number;
  /** With `steps` the rate is lr times a factor from each of the steps on, epochs counted from 0. */
  schedule?: {
    kind?: "constant" | "steps" | "cosine";
    steps?: number[];
    factors?: number[];
    warmup?: number;
  };
  /** Any other key of `optimizer` in a config. */
  [key: string]: unknown;
}

/**
 * The data and the settings of a run. Every key of a config file may be given, with the meaning and the default that the
 * comments of `configs/` tell; listed here are only the keys needed most.
 */
export interface RunOptions {
  /**
   * Images: a folder with a folder for each class, the `data` keys of a config, or a data set, which is taken unchanged. No
   * training uses the `validation` images of a data set.
   */
  data: string | { source: string; [key: string]: unknown } | Dataset;
  /** A checkpoint's file, or its bytes. */
  checkpoint?: string | Uint8Array | null;
  /** Such as `resnet8` (the default), `resnet32`, `resnet50`. */
  network?: string;
  /** The loss by its name, or with its constants. */
  loss?: LossName | { name: LossName; [key: string]: unknown };
  /** Times that each image is trained on. */
  epochs?: number;
  /** Images of a step. */
  batch?: number;
  /** The optimizer that changes the weights. */
  optimizer?: OptimizerOptions;
  /** Seed of the run's random draws. */
  seed?: number;
  /** Any other key of a config. */
  [key: string]: unknown;
}

/** The data and the settings of an evaluation. */
export interface EvaluateOptions extends RunOptions {
  /**
   * Model of a checkpoint of `finetune`: stage 1's, the re-trained one, or the mean of both. By default the model that its
   * run kept (key `keep`).
   */
  model?: ModelName | undefined;
}

/** Receivers of a run's news. Nothing is printed. */
export interface RunListeners {
  /** Hears of each whole epoch. */
  onEpoch?: ((row: EpochRow) => void | Promise<void>) | undefined;
  /** Hears at the start which pieces the run has, in their order; a piece whose result is there already does not begin. */
  onPlan?: ((pieces: { name: string; total: number; unit: string }[]) => void) | undefined;
  /** Hears how far a piece of the run is, such as `evaluate`. */
  onProgress?: ((progress: { name: string; done: number; total: number; unit: string }) => void) | undefined;
  /** Hears the messages for people, a sentence at a time. */
  onMessage?: ((text: string) => void) | undefined;
  /** Stops the run: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Folder for fetched and computed files, such as decoded images; by default the program's own. */
  cache?: string | undefined;
}

/** The config, the images and the checkpoint's bytes that options give. */
export interface Given<C> {
  config: C;
  dataset?: Dataset | undefined;
  /** The checkpoint's bytes, if the options give bytes. */
  bytes?: Uint8Array | undefined;
}

/**
 * Options with the network and the size of images that a checkpoint tells, where they leave them out.
 *
 * @throws {Error} when the checkpoint's file cannot be read.
 */
export async function withOwnModel(options: RunOptions): Promise<RunOptions> {
  const { checkpoint, data } = options;
  if (checkpoint === undefined || checkpoint === null) return options;
  const keys = evaluationKeys(await textsOf(checkpoint));
  if (keys === null) return options;
  const { network, extraBlock, head, ensemble } = keys;
  const size = isTree(keys.data) ? { resize: keys.data.resize, size: keys.data.size } : {};
  const isFolder = typeof data === "string" && keys.data !== undefined;
  return {
    ...{ network, extraBlock, head },
    ...ensemble !== undefined && { ensemble },
    ...options,
    ...isFolder && { data: { source: "folder", dir: data, ...size } },
  } as RunOptions;
}

/** The metadata of a checkpoint's file or bytes; none without a checkpoint. */
async function textsOf(checkpoint: RunOptions["checkpoint"]): Promise<Record<string, string>> {
  if (checkpoint === undefined || checkpoint === null) return {};
  return checkpoint instanceof Uint8Array ? metadataOf(checkpoint) : await readMetadata(checkpoint);
}

/**
 * The model to evaluate: the one asked for, or the one that the checkpoint keeps.
 *
 * @throws {TypeError} when the model asked for is none.
 */
export async function takenModel({ model, checkpoint }: EvaluateOptions): Promise<ModelName> {
  if (model === undefined) return keptModel(await textsOf(checkpoint));
  if (modelNames.includes(model)) return model;
  throw new TypeError(
    `Cannot evaluate: model takes one of ${modelNames.join(", ")}, current value is ${model}`,
  );
}

/** Stands for a checkpoint that was given as bytes, in messages. */
const BYTES = "given as bytes";

/** Checks options and fills in the defaults. @throws {TypeError | RangeError} when an option has a wrong value. */
export function given<C>(kind: ConfigKind<C>, { data, checkpoint, ...keys }: RunOptions): Given<C> {
  const bytes = checkpoint instanceof Uint8Array ? checkpoint : undefined;
  const dataset = typeof data === "object" && "train" in data && typeof data.train === "object"
    ? data as Dataset
    : undefined;
  const ofData = dataset ? { ratio: 1 } : typeof data === "string" ? { source: "folder", dir: data } : data;
  const config = configOf(kind, {
    ...keys,
    data: { ...ofData },
    checkpoint: bytes ? BYTES : checkpoint ?? null,
  });
  return { config: bytes ? { ...config, checkpoint: BYTES } : config, dataset, bytes };
}
