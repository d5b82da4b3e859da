import type { StateDict } from "../../engine/mod.ts";
import { writeSealed } from "../machine/seal.ts";
import type { Config } from "../config/load.ts";
import type { Setup } from "../setup/setup.ts";
import { checkMark, MARK, markOf } from "../saved/mark.ts";
import { parseWork, tensorsOf, workOf } from "../saved/work_file.ts";
import { finetuneConfig } from "../config/finetune.ts";
import { newTableWork, type TableWork } from "./table1.ts";

/** Fields of the work that are stored as text. */
const TEXTS = ["seed", "before", "results", "throughput", "seconds"] as const;

/** Writes the work of an interrupted table as a safetensors file. @param wanted The options of the command. */
export function packTable(work: TableWork, wanted: object, setup: Setup, config: Config): Uint8Array {
  const state: StateDict = new Map([
    ...tensorsOf(work.features.frozen, "frozen."),
    ...tensorsOf(work.features.updated, "updated."),
  ]);
  const texts = Object.fromEntries(TEXTS.map((key) => [key, JSON.stringify(work[key])]));
  return writeSealed(state, { ...texts, wanted: JSON.stringify(wanted), ...markOf(setup, config) });
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
  return {
    ...newTableWork(),
    ...Object.fromEntries(TEXTS.map((key) => [key, JSON.parse(metadata[key])])),
    features: {
      frozen: workOf(state, setup.network, "frozen."),
      updated: workOf(state, setup.network, "updated."),
    },
  };
}

/** Reads the options of the interrupted table. @throws {Error} when the file is damaged. */
export function wantedOf<T>(bytes: Uint8Array, path: string): T {
  return JSON.parse(parseWork(bytes, path, ["wanted"]).metadata.wanted);
}
