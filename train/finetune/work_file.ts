import { stringify } from "@std/yaml";
import { digestOf } from "../../data/mod.ts";
import { parseSafetensors, type StateDict, writeSafetensors } from "../../engine/mod.ts";
import { MemoryRows } from "../features/memory.ts";
import type { FeatureRows } from "../features/rows.ts";
import type { Config } from "../config/load.ts";
import { configKeys, type ConfigKind, writtenOut } from "../config/keys.ts";
import { finetuneConfig } from "../config/finetune.ts";
import { type Tree, valueAt } from "../config/config_tree.ts";
import { DATA_PLACES } from "../config/data.ts";
import { sortedJson, tensorDigest, valueDigest } from "../machine/digest.ts";
import { LegacyKeys } from "../config/legacy_keys.ts";
import type { Setup } from "../setup/setup.ts";
import { newWork, type Work } from "./work.ts";
import { parseYaml } from "../config/yaml.ts";

const CLASSIFIER = "classifier.";

/** Config keys that may change while a run is interrupted: they say where files are, not what is in them, or how the machine is used. */
const FREE = [
  "name",
  ...DATA_PLACES.map((key) => `data.${key}`),
  "checkpoint",
  "checkpointList",
  "mirror",
  "stage1",
  "workers",
  "tune",
  "featureBank",
];

/** What the metadata of a work file with anything in it have besides the work. */
export const MARK = ["config", "inputs"] as const;

/**
 * The work file of a run that has only begun: nothing is worked out, so that there are no config and images to compare.
 *
 * @param metadata More that the run is to find there.
 */
export function begunWork(metadata: Record<string, string> = {}): Uint8Array {
  return writeSafetensors(new Map(), { begun: "true", ...metadata });
}

/** Whether these are the bytes of a run that has only begun. @throws {Error} when the file is damaged. */
export function isBegun(bytes: Uint8Array, path: string): boolean {
  return "begun" in parseWork(bytes, path, []).metadata;
}

/** The work of an interrupted run as the bytes of a safetensors file; every number is kept to the bit. */
export function packWork(work: Work, setup: Setup, config: Config): Uint8Array {
  return writeSafetensors(stateOf(work), {
    epochs: JSON.stringify(work.epochs),
    seconds: JSON.stringify(work.seconds),
    ...markOf(setup, config),
  });
}

/**
 * The work in such a file, for a run of the same config on the same data and checkpoint.
 *
 * @param path The run folder, for errors.
 * @throws {RangeError} when config, data or checkpoint are others: the result would be of neither run.
 * @throws {Error} when the file is damaged.
 */
export function unpackWork(bytes: Uint8Array, setup: Setup, config: Config, path: string): Work {
  const { state, metadata } = parseWork(bytes, path, ["epochs", "seconds", ...MARK]);
  checkMark(metadata, setup, config, path);
  return { ...workOf(state), epochs: JSON.parse(metadata.epochs), seconds: JSON.parse(metadata.seconds) };
}

/** The tensors of a work. @param prefix Put before each name. */
export function stateOf(work: Work, prefix = ""): StateDict {
  const state: StateDict = new Map();
  const put = (name: string, data: Float32Array | null | undefined) => {
    if (data) state.set(prefix + name, { dtype: "f32", shape: [data.length], data });
  };
  const putRows = (name: string, rows: FeatureRows | null) => {
    if (!(rows instanceof MemoryRows)) return; // on disk they are kept already
    const { count, width, values } = rows;
    state.set(prefix + name, { dtype: "f32", shape: [count, width], data: values });
  };
  putRows("testFeatures", work.testFeatures);
  work.views.forEach((rows, view) => putRows(`view.${view}`, rows));
  for (const [name, values] of work.classifier ?? []) put(CLASSIFIER + name, values);
  work.statistics?.forEach((values, i) => put(`statistics.${i}`, values));
  return state;
}

/** A work of these tensors, without epochs and times. */
export function workOf(state: StateDict, prefix = ""): Work {
  const get = (name: string) => state.get(prefix + name)?.data as Float32Array | undefined;
  const rowsOf = (name: string) => {
    const { shape, data } = state.get(prefix + name) ?? {};
    return shape?.length === 2 ? new MemoryRows(shape[1], data as Float32Array) : undefined;
  };
  const numbered = <T>(name: string, read: (name: string) => T | undefined) => {
    const found: T[] = [];
    for (let next = read(`${name}.0`); next; next = read(`${name}.${found.length}`)) found.push(next);
    return found;
  };
  const start = prefix + CLASSIFIER;
  const classifier = new Map(
    [...state].filter(([name]) => name.startsWith(start))
      .map(([name, { data }]) => [name.slice(start.length), data as Float32Array]),
  );
  const statistics = numbered("statistics", get);
  return {
    ...newWork(),
    testFeatures: rowsOf("testFeatures") ?? null,
    views: numbered("view", rowsOf),
    classifier: classifier.size > 0 ? classifier : null,
    statistics: statistics.length > 0 ? statistics : null,
  };
}

/** What tells one run from another, for the file's metadata: its config, and a digest of all that it reads. */
export function markOf(setup: Setup, config: object): { config: string; inputs: string } {
  return { config: stringify(config as Record<string, unknown>), inputs: digest(setup) };
}

/** @throws {RangeError} when a file's mark is not that of a run of this config on this data and checkpoint. */
export function checkMark(
  mark: Record<string, string>,
  setup: Setup,
  config: object,
  path: string,
  kind: ConfigKind<unknown> = finetuneConfig,
): void {
  const changed = changes(kind, configOf(mark, kind), config);
  if (changed.length > 0) {
    throw new RangeError(
      `Cannot resume ${path}: it takes the config of the interrupted run, current one has other ${
        changed.join(", ")
      }: leave them as they were, or start a run of its own`,
    );
  }
  if (mark.inputs !== digest(setup)) {
    throw new RangeError(
      `Cannot resume ${path}: it takes the images and the checkpoint of the interrupted run, current ones are others: ` +
        "a file was changed since, or --data or --checkpoint name another",
    );
  }
}

/** Reads such a file. @param keys Metadata that it must have. @throws {Error} when it is damaged. */
export function parseWork(
  bytes: Uint8Array,
  path: string,
  keys: readonly string[],
): ReturnType<typeof parseSafetensors> {
  try {
    const parsed = parseSafetensors(bytes);
    const missing = keys.find((key) => !(key in parsed.metadata));
    if (missing) throw new SyntaxError(`it has no ${missing}`);
    return parsed;
  } catch (cause) {
    throw new Error(`Cannot resume ${path}: its work.safetensors is not what an interrupted run left`, {
      cause,
    });
  }
}

/** The config of a mark by the keys of this version. */
function configOf({ config }: Record<string, string>, { task, schema }: ConfigKind<unknown>): unknown {
  const tree = new LegacyKeys(task).renew(writtenOut(parseYaml(config) as Tree));
  return schema.safeParse(tree).data ?? tree;
}

/** The keys that differ, as `epochs (3, not 4)`, without those that change no result. */
function changes({ schema }: ConfigKind<unknown>, before: unknown, now: object): string[] {
  const show = (config: unknown, key: string) => sortedJson(valueAt(config, key.split(".")));
  return configKeys(schema)
    // A group differs where its keys do.
    .filter((key, _, all) => !all.some((other) => other.startsWith(`${key}.`)))
    .filter((key) => !FREE.includes(key) && show(before, key) !== show(now, key))
    .map((key) => `${key} (${show(before, key)}, not ${show(now, key)})`);
}

/** Digests of setups: to make one, all images are read or looked for, and work is kept every few seconds. */
const digests = new WeakMap<Setup, string>();

/** A digest of all that a run reads. */
function digest(setup: Setup): string {
  const digest = digests.get(setup) ?? digestNow(setup);
  digests.set(setup, digest);
  return digest;
}

function digestNow({ stage1, dataset, train }: Setup): string {
  return valueDigest([tensorDigest(stage1), digestOf(train), digestOf(dataset.test)]);
}
