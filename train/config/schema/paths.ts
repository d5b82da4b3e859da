// The keys and flags of a config that name files and folders. Nothing here needs the schemas, so that a command's
// permissions are known before anything else is loaded.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isAddress } from "../../flags/address.ts";
import type { Flags } from "../../flags/flags.ts";
import { isTree, merge, nested, type Tree } from "./config_tree.ts";

const inConfigs = (name: string) => fileURLToPath(new URL(`../../../configs/${name}`, import.meta.url));

/** Config files of the commands that are given none. */
export const defaultFiles = {
  finetune: inConfigs("fashion-lt-gml.yaml"),
  train: inConfigs("fashion-lt-ce.yaml"),
  "retrain-features": inConfigs("features.yaml"),
  /** The recipe of the paper's table. */
  reproduce: inConfigs("cifar100-lt-gml.yaml"),
};

/** Keys of data that are paths. */
export const DATA_PATHS = ["dir", "train", "test", "validation", "names"] as const;

/** Keys of data that are places of files of features. */
export const FEATURE_FILES = [
  ...["features", "labels", "testFeatures", "testLabels"],
  ...["validationFeatures", "validationLabels", "names"],
] as const;

/** Keys outside of data that are paths. */
const PATHS = ["checkpoint", "checkpointList", "stage1", "weight", "bias"];

/** Keys of the flags that name files of features. */
const FEATURE_FLAGS = {
  "features": ["data", "features"],
  "labels": ["data", "labels"],
  "test-features": ["data", "testFeatures"],
  "test-labels": ["data", "testLabels"],
  "validation-features": ["data", "validationFeatures"],
  "validation-labels": ["data", "validationLabels"],
  "weight": ["weight"],
  "bias": ["bias"],
} as const;

/** The flags that name files and folders of a config. */
export type PathFlags = Pick<Flags, "data" | "checkpoint" | "mirror" | keyof typeof FEATURE_FLAGS>;

/** Makes the paths of a tree absolute, seen from a folder. */
export function resolvePaths(tree: Tree, folder: string): Tree {
  const absolute = absoluteFrom(folder);
  const result = { ...tree };
  for (const key of PATHS) if (key in tree) result[key] = absolute(tree[key]);
  if ("costs" in tree) result.costs = absolute(tree.costs);
  if (isTree(tree.adjust) && "unlabelled" in tree.adjust) {
    result.adjust = { ...tree.adjust, unlabelled: absolute(tree.adjust.unlabelled) };
  }
  if ("mirror" in tree) result.mirror = mirrorOf(tree.mirror, absolute);
  if (isTree(tree.data)) {
    const data = result.data = { ...tree.data };
    for (const key of [...DATA_PATHS, ...FEATURE_FILES]) if (key in data) data[key] = absolute(data[key]);
  }
  return result;
}

/** The paths that a tree names, its mirror too where that is a folder. */
export function pathsIn(tree: Tree): string[] {
  const { data, adjust, mirror } = tree;
  const values = [
    ...PATHS.map((key) => tree[key]),
    tree.costs,
    ...isTree(adjust) ? [adjust.unlabelled] : [],
    ...typeof mirror === "string" && !isAddress(mirror) ? [mirror] : [],
    ...isTree(data) ? [...new Set([...DATA_PATHS, ...FEATURE_FILES])].map((key) => data[key]) : [],
  ];
  return values.filter((value) => typeof value === "string" && value !== "") as string[];
}

/** A tree with the paths of the command line's flags in place of its own. @param standing The folder that the user stands in. */
export function withPathsOf(flags: Partial<PathFlags>, tree: Tree, standing: string): Tree {
  let result = tree;
  const put = (path: readonly string[], value: unknown) => result = merge(result, nested(path, value));
  if (typeof flags.data === "string") put(["data", "dir"], resolve(flags.data));
  if (typeof flags.checkpoint === "string") put(["checkpoint"], resolve(flags.checkpoint));
  if (typeof flags.mirror === "string") put(["mirror"], mirrorOf(flags.mirror, absoluteFrom(standing)));
  for (const [flag, key] of Object.entries(FEATURE_FLAGS)) {
    const file = flags[flag as keyof typeof FEATURE_FLAGS];
    if (typeof file === "string") put(key, resolve(file));
  }
  return result;
}

/** A mirror as a config holds it: an address as it is, a folder by this function. */
function mirrorOf(value: unknown, absolute: (folder: unknown) => unknown): unknown {
  return typeof value === "string" && isAddress(value) ? value : absolute(value);
}

/** Makes paths absolute, seen from a folder, and leaves what is none. */
function absoluteFrom(folder: string): (value: unknown) => unknown {
  return (value) => typeof value === "string" && value !== "" ? resolve(folder, value) : value;
}
