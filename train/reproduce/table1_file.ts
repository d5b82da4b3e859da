import { z } from "zod";
import type { StateDict } from "../../engine/mod.ts";
import { writeSealed } from "../machine/seal.ts";
import type { Config } from "../config/load.ts";
import type { Setup } from "../setup/setup.ts";
import { checkMark, MARK, markOf } from "../saved/mark.ts";
import { checkShapes, parseWork, tensorsOf, workOf } from "../saved/work_file.ts";
import { parseTexts } from "../saved/work_metadata.ts";
import { finetuneConfig } from "../config/schema/finetune.ts";
import { newTableWork, type TableWork } from "./table1.ts";

/** Fields of the work that are stored as text. */
const TEXTS = ["seed", "before", "results", "throughput", "seconds"] as const;

const amount = z.number().nonnegative();
/** Per cent; means may round a little beyond 100. */
const percent = z.number().min(0).max(100 + 1e-6);
const group = percent.nullable();
const metrics = z.looseObject({
  ...{ mean: percent, gmean: percent, hmean: percent, lowest: percent },
  zeroRecall: z.int().nonnegative(),
  ...{ many: group, medium: group, few: group },
});

/** The values of these texts. */
const texts = z.object({
  seed: z.int().nonnegative().nullable(),
  before: metrics.nullable(),
  results: z.array(z.object({ row: z.string(), seed: z.int().nonnegative(), metrics })),
  throughput: z.looseObject({ dataWaitShare: amount }),
  seconds: z.object({ features: amount, retrain: amount, total: amount }),
});

/** The options of the command. */
const options = z.object({
  wanted: z.object({ seeds: z.int().positive(), ablations: z.string() }),
});

/** Writes the work of an interrupted table as a safetensors file. @param wanted The options of the command. */
export function packTable(work: TableWork, wanted: object, setup: Setup, config: Config): Uint8Array {
  const state: StateDict = new Map([
    ...tensorsOf(work.features.frozen, "frozen."),
    ...tensorsOf(work.features.updated, "updated."),
  ]);
  const written = Object.fromEntries(TEXTS.map((key) => [key, JSON.stringify(work[key])]));
  return writeSealed(state, { ...written, wanted: JSON.stringify(wanted), ...markOf(setup, config) });
}

/**
 * Reads the work from a file, for a table of the same config on the same data and checkpoint.
 *
 * @param path The run folder, for errors.
 * @throws {RangeError} when config, data or checkpoint differ. @throws {Error} when the file is damaged.
 */
export function unpackTable(bytes: Uint8Array, setup: Setup, config: Config, path: string): TableWork {
  const { state, metadata } = parseWork(bytes, path, [...TEXTS, ...MARK]);
  checkMark(metadata, setup, config, path, finetuneConfig);
  const features = {
    frozen: workOf(state, setup.network, "frozen."),
    updated: workOf(state, setup.network, "updated."),
  };
  for (const work of Object.values(features)) checkShapes(work, setup, path);
  return {
    ...newTableWork(),
    ...parseTexts(texts, metadata, path) as Omit<TableWork, "features">,
    features,
  };
}

/** Reads the options of the interrupted table. @throws {Error} when the file is damaged. */
export function wantedOf<T>(bytes: Uint8Array, path: string): T {
  return parseTexts(options, parseWork(bytes, path, ["wanted"]).metadata, path).wanted as T;
}
