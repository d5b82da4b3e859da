import { stringify } from "@std/yaml";
import { digestOf } from "../../data/mod.ts";
import { configKeys, type ConfigKind, writtenOut } from "../config/schema/keys.ts";
import { isTree, type Tree, valueAt } from "../config/schema/config_tree.ts";
import { DATA_PLACES, whole, written } from "../config/schema/data.ts";
import { FEATURE_FILES } from "../config/schema/paths.ts";
import { LegacyKeys } from "../config/legacy_keys.ts";
import { parseYaml } from "../config/yaml.ts";
import { sortedJson, tensorDigest, valueDigest } from "../machine/digest.ts";
import type { ClassifierSetup, Samples } from "../setup/setup.ts";

/**
 * Config keys that may change while a run is interrupted: they say where files are, how the machine is used, or how the
 * result is judged and kept.
 */
const FREE = [
  "name",
  ...[...DATA_PLACES, ...FEATURE_FILES].map((key) => `data.${key}`),
  "weight",
  "bias",
  "checkpoint",
  "checkpointList",
  "mirror",
  "stage1",
  "workers",
  "tune",
  "maxAccuracyLoss",
  "keep",
  "moreLabels",
  "groups",
  "featureBank",
];

/** Keys of a mark in the metadata of a work file; a run that has only begun has no mark. */
export const MARK = ["config", "inputs"] as const;

/** The mark that tells a run from another, for the file's metadata: its config, and a digest of all its inputs. */
export function markOf(setup: ClassifierSetup, config: object): { config: string; inputs: string } {
  return { config: stringify(withData(config, written)), inputs: digest(setup) };
}

/** A config with other keys of data. */
function withData(config: object, change: (data: Tree) => object): Tree {
  const { data } = config as Tree;
  return { ...config, ...isTree(data) && { data: change(data) } };
}

/** @throws {RangeError} when a file's mark is not that of a run of this config on this data and checkpoint. */
export function checkMark(
  mark: Record<string, string>,
  setup: ClassifierSetup,
  config: object,
  path: string,
  kind: ConfigKind<unknown>,
): void {
  const changed = changes(kind, withData(configOf(mark, kind, path), whole), withData(config, whole));
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

/** The config of a mark, with the keys of this version. */
function configOf(
  { config }: Record<string, string>,
  { task, schema }: ConfigKind<unknown>,
  path: string,
): Tree {
  const kept = treeIn(config, path);
  const tree = new LegacyKeys(task).renew(writtenOut(kept));
  return (schema.safeParse(tree).data ?? tree) as Tree;
}

/** @throws {RangeError} when the text has no keys and values. */
function treeIn(config: string, path: string): Tree {
  try {
    const tree = parseYaml(config);
    if (isTree(tree)) return tree;
  } catch {
    // no YAML, as below
  }
  throw new RangeError(
    `Cannot resume ${path}: it takes the config of the interrupted run, current file has a config without keys and values`,
  );
}

/** The keys that differ, as `epochs (3, not 4)`, without the keys that change no result. */
function changes({ schema }: ConfigKind<unknown>, before: unknown, now: object): string[] {
  const show = (config: unknown, key: string) => sortedJson(valueAt(config, key.split(".")));
  return configKeys(schema)
    // A group differs where its keys do.
    .filter((key, _, all) => !all.some((other) => other.startsWith(`${key}.`)))
    .filter((key) => !FREE.includes(key) && show(before, key) !== show(now, key))
    .map((key) => `${key} (${show(before, key)}, not ${show(now, key)})`);
}

/** Digests of setups, kept: making a digest reads or looks for all images, and work is saved every few seconds. */
const digests = new WeakMap<ClassifierSetup, string>();

/** A digest of all inputs of a run. */
function digest(setup: ClassifierSetup): string {
  const digest = digests.get(setup) ?? digestNow(setup);
  digests.set(setup, digest);
  return digest;
}

function digestNow({ stage1, dataset, train }: ClassifierSetup): string {
  const of = (set: Samples) => set.kind === "features" ? set.digest : digestOf(set);
  return valueDigest([tensorDigest(stage1), of(train), of(dataset.test)]);
}
