import { parseJson } from "../../formats/json/mod.ts";
import { basename, join } from "node:path";
import { z } from "zod";
import { exists, prepareFile, removeTemporary, writeWhole } from "../../data/disk/mod.ts";
import { parseSafetensors, type StateDict } from "../../engine/mod.ts";
import { packState, trainingFacts } from "../saved/checkpoint.ts";
import { takeCheckpoint } from "../setup/checkpoint.ts";
import { decisive } from "../config/schema/data.ts";
import { ADAMW } from "../config/schema/optimizer.ts";
import { tensorDigest, valueDigest } from "../machine/digest.ts";
import { sealOf } from "../machine/seal.ts";
import type { LearningRow } from "../results/learning.ts";
import type { Setup, State } from "../setup/setup.ts";
import { type TrainConfig, trainingConfig } from "../config/schema/train.ts";
import type { Work } from "../saved/work.ts";
import { bytesAt, Generations, UnreadableError } from "../saved/generations.ts";
import { packWork, unpackWork } from "../saved/work_file.ts";
import { markOf } from "../saved/mark.ts";

/** Raised when the program trains other weights from the same config and images. */
const VERSION = 1;

/** Metadata key of the loss and accuracy of every epoch, by which each run says whether the network is undertrained. */
const LEARNING = "learning";

/** The result of reading a file: its value, the reason why it cannot be used, or null if the file is missing. */
export type Read<T> = { value: T } | { damage: string } | null;

/** A trained network, and what its training showed. */
export interface Kept {
  state: State;
  /** A row for every epoch; none where an earlier version kept the network. */
  epochs: LearningRow[];
}

/** The files that keep the network that a training config trains from a setup's images and weights. */
export class Stage1Cache {
  /** The trained network. */
  readonly path: string;
  readonly #work: Generations;
  readonly #folder: string;
  /** The name of the network as one process trains it. */
  readonly #plain: string;

  /**
   * @param setup Holds the weights to begin with. @param recipe With epochs enough for its minSteps.
   * @param ranks Number of processes.
   */
  constructor(
    private readonly cache: string,
    private readonly setup: Setup,
    private readonly recipe: TrainConfig,
    ranks = 1,
  ) {
    this.#folder = join(cache, "stage1");
    this.#plain = `${recipe.data.source}-${recipe.network}-${keyOf(setup, recipe)}`;
    // Batch norms by the images of each process make other weights; those by the images of all make the same up to rounding.
    const byRank = ranks > 1 && recipe.statistics === "updated" && !recipe.syncBatchNorm;
    const name = this.#plain + (byRank ? `-${ranks}-processes` : "");
    this.path = join(this.#folder, `${name}.safetensors`);
    this.#work = new Generations(join(this.#folder, `${name}.work.safetensors`));
  }

  /** The files of the same network trained by one process or by so many, as far as they are there. */
  others(): Stage1Cache[] {
    if (!exists(this.#folder)) return [];
    const names = new RegExp(`^${this.#plain}(?:-(\\d+)-processes)?\\.safetensors$`);
    return [...Deno.readDirSync(this.#folder)].flatMap(({ name }) => {
      const match = name.match(names);
      if (!match || name === basename(this.path)) return [];
      return [new Stage1Cache(this.cache, this.setup, this.recipe, Number(match[1] ?? 1))];
    });
  }

  /** Makes sure that the cache can be written to, before any work starts. @throws {Error} when it cannot. */
  prepare(): void {
    prepareFile(this.path);
    removeTemporary(this.#folder);
  }

  /** Removes what a killed run left beside the trained network, where the folder can be written to. */
  async clear(): Promise<void> {
    await this.dropWork();
    try {
      removeTemporary(this.#folder);
    } catch {
      // Nothing depends on it.
    }
  }

  /** Reads the trained network. @throws {UnreadableError} when its file cannot be read. */
  async read(): Promise<Read<Kept>> {
    const bytes = await bytesAt(this.path);
    return bytes && unlessDamaged(() => {
      const { state, metadata } = parseSafetensors(bytes);
      // The seal is checked where the checkpoint is taken; an earlier version wrote a digest of the tensors instead.
      if (sealOf(bytes) === "unsealed" && metadata.digest !== digestOf(state)) {
        throw new Error("its numbers are not those that were written");
      }
      const { state: values } = takeCheckpoint(this.path, bytes, this.setup.network);
      return { state: values, epochs: rowsOf(metadata[LEARNING]) };
    });
  }

  /** Keeps the trained network, whole or not at all. */
  async write({ state, epochs }: Kept): Promise<void> {
    const rows = epochs.map(({ loss, accuracy }) => ({ loss, accuracy }));
    const metadata = {
      ...trainingFacts(this.recipe, this.recipe.epochs),
      [LEARNING]: JSON.stringify(rows),
    };
    await writeWhole(this.path, packState(state, this.setup, metadata, { recipe: this.recipe }));
  }

  /** Reads the work of a training that was stopped. @param tell Hears of a newest save that is damaged. @throws {UnreadableError} when a save cannot be read. */
  async readWork(tell: (sentence: string) => void): Promise<Read<Work>> {
    const { path } = this.#work;
    try {
      const found = await this.#work.read();
      if (found?.told) tell(found.told);
      return found && { value: unpackWork(found.bytes, this.setup, this.recipe, path, trainingConfig) };
    } catch (error) {
      if (error instanceof UnreadableError) throw error;
      return { damage: (error as Error).message };
    }
  }

  /** Packs the work of a training. @returns A function that writes what was packed. */
  packWork(work: Work): () => Promise<void> {
    const bytes = packWork(work, this.setup, this.recipe);
    return () => this.#work.write(bytes);
  }

  /** Keeps the work of a training that is stopped. */
  async writeWork(work: Work): Promise<void> {
    await this.packWork(work)();
  }

  /** Removes the work of a training that was stopped. */
  async dropWork(): Promise<void> {
    await this.#work.remove();
  }
}

/** A value, or why it cannot be had. */
function unlessDamaged<T>(read: () => T): Read<T> {
  try {
    return { value: read() };
  } catch (error) {
    return { damage: (error as Error).message };
  }
}

/** A name for all that the result depends on: the training config, the weights to begin with, the images. */
function keyOf(setup: Setup, recipe: TrainConfig): string {
  const {
    name: _name,
    checkpoint: _file,
    checkpointList: _list,
    checkpointKey: _key,
    checkpointRename: _names,
    pretrained: _pretrained, // a recipe begins from scratch, so that nothing is named here
    mirror: _mirror,
    workers: _workers,
    family: _family,
    memoryBudget: _budget,
    tune: _tune,
    maxAccuracyLoss: _loss,
    groups: _groups,
    evaluateEvery: _every,
    minSteps: _steps, // epochs are those that it comes to
    ...rest
  } = asVersion1(recipe);
  const parts = [VERSION, { ...rest, data: decisive(rest.data) }, markOf(setup, recipe).inputs];
  return valueDigest(parts).slice(0, 16);
}

/** A recipe with its keys as {@linkcode VERSION} 1 had them: a renamed key gives the same weights. */
function asVersion1({ optimizer, paco, syncBatchNorm, ...rest }: TrainConfig) {
  const { name, betas, eps, schedule: { warmup, ...schedule }, ...others } = optimizer;
  const { negatives, ...constants } = paco ?? {};
  return {
    ...rest,
    ...syncBatchNorm && { syncBatchNorm },
    paco: paco && { ...constants, gamma: negatives },
    optimizer: { ...others, ...name !== "sgd" && { name }, ...changed({ betas, eps }), warmup, schedule },
  };
}

/** The numbers of AdamW that differ from the fixed numbers of {@linkcode VERSION} 1. */
function changed(numbers: typeof ADAMW): Partial<typeof ADAMW> {
  const keys = (["betas", "eps"] as const).filter((key) => String(numbers[key]) !== String(ADAMW[key]));
  return Object.fromEntries(keys.map((key) => [key, numbers[key]]));
}

const rows = z.array(z.object({ loss: z.number().nullable(), accuracy: z.number() }))
  // JSON has no NaN, which a training that diverged gives.
  .transform((rows) => rows.map(({ loss, accuracy }) => ({ loss: loss ?? NaN, accuracy })));

/** Reads the epochs in a file's metadata; no rows where an earlier version wrote the file. */
function rowsOf(text: string | undefined): LearningRow[] {
  return text === undefined ? [] : rows.parse(parseJson(text));
}

/** A digest of all tensors of a file. */
function digestOf(state: StateDict): string {
  return tensorDigest([...state].map(([name, { data }]) => [name, data]));
}
