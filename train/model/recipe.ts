import { stringify } from "@std/yaml";
import { DATA_PLACES, written } from "../config/schema/data.ts";
import { isTree, type Tree } from "../config/schema/config_tree.ts";
import { parseYaml } from "../config/yaml.ts";

/**
 * Keys that say where files are, how the machine is used, or which of the models is kept: no key of what a model was made
 * by.
 */
const PLACES = [
  ...["name", "checkpoint", "checkpointList", "stage1", "evaluateEvery", "keep"],
  ...["workers", "memoryBudget", "family", "tune", "featureBank"],
];

/** A config that a model is trained by. */
export type Recipe = object & { data: object | null };

/**
 * Writes the config that a model was trained by as YAML, without paths and without what changes no result, so that a
 * checkpoint tells nothing of the machine, and the same run comes to the same bytes on another one.
 */
export function recipeYaml({ data, ...given }: Recipe): string {
  const without = (tree: object, left: readonly string[]) =>
    Object.fromEntries(Object.entries(tree).filter(([key]) => !left.includes(key)));
  const config = withoutFiles(given as Tree);
  return stringify({ ...data && { data: without(written(data), DATA_PLACES) }, ...without(config, PLACES) }, {
    lineWidth: 110,
  });
}

/** A config without the files that its costs and its point are read from. */
function withoutFiles({ costs, adjust, ...config }: Tree): Tree {
  const isFile = typeof costs === "string";
  return {
    ...config,
    ...costs !== undefined && { costs: isFile ? null : costs },
    ...adjust !== undefined && {
      adjust: isTree(adjust) && typeof adjust.unlabelled === "string"
        ? { ...adjust, unlabelled: null }
        : adjust,
    },
  };
}

/** The keys of a checkpoint's recipe that say what to evaluate it on, and how; null where it has none that can be read. */
export function evaluationKeys(metadata: Readonly<Record<string, string>>): Tree | null {
  if (metadata.program !== "everyclass" || metadata.config === undefined) return null;
  const recipe = treeIn(metadata.config);
  if (recipe === null) return null;
  const { data, network, extraBlock, seed, ensemble, tta } = recipe;
  return {
    // Augmentation does not matter here, and `evaluate` may refuse a value that `train` takes.
    ...isTree(data) && { data: { ...data, augment: null } },
    ...{ network, extraBlock, seed, head: metadata.head },
    ...ensemble !== undefined && { ensemble },
    ...tta !== undefined && { tta },
  };
}

/** The keys and values of a YAML text; null for another text. */
function treeIn(text: string): Tree | null {
  try {
    const tree = parseYaml(text);
    return isTree(tree) ? tree : null;
  } catch {
    return null;
  }
}
