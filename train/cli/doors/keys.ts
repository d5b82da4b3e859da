import { dirname, join, resolve } from "node:path";
import { isTree, merge, nested, type Tree } from "../../config/schema/config_tree.ts";
import { defaultFiles, resolvePaths, withPathsOf } from "../../config/schema/paths.ts";
import { parseYaml } from "../../config/yaml.ts";
import type { Flags } from "../../flags/flags.ts";
import { fromStanding, standingFolder } from "../../flags/standing.ts";
import { readMetadata } from "../../model/header.ts";
import { runFiles } from "../../results/run_files.ts";

/** The keys of a command's config as far as its permissions go by them, before the schema sees them. */
export interface Keys {
  /** The config file, where there is one. */
  files: string[];
  /** Keys with absolute paths. */
  tree: Tree;
}

/** Default configs of the commands that have no config of their own kind. */
const DEFAULTS: Readonly<Record<string, string>> = {
  ...defaultFiles,
  evaluate: defaultFiles.finetune,
  adjust: defaultFiles.finetune,
  profile: defaultFiles.train,
  "reproduce table1": defaultFiles.reproduce,
  "reproduce figures": defaultFiles.reproduce,
  "reproduce beyond": defaultFiles.reproduce,
};

/** Commands that take the config of the checkpoint that they are given. */
const BY_CHECKPOINT = ["evaluate", "adjust"];

/**
 * Reads the keys of a command's config: those of its file, then of `--set` and of other flags. A file that cannot be read has
 * no keys: the program tells why.
 */
export async function keysOf(name: string, flags: Flags): Promise<Keys> {
  const standing = standingFolder();
  const checkpoint = flags.checkpoint ?? flags.models[0] ?? null;
  const { files, tree } = name in DEFAULTS
    ? flags.config === null && flags.resume === null && checkpoint !== null && BY_CHECKPOINT.includes(name)
      ? { files: [], tree: await sourceOf(checkpoint) }
      : fileKeys(flags.resume === null ? flags.config ?? DEFAULTS[name] : join(flags.resume, runFiles.config))
    : { files: [], tree: {} };
  const sets = flags.set.map((pair) => resolvePaths(namesOf(keyOf(pair)), standing));
  return { files, tree: withPathsOf(flags, sets.reduce(merge, tree), standing) };
}

function fileKeys(file: string): Keys {
  const tree = treeOf(() => Deno.readTextFileSync(file));
  return { files: [file], tree: resolvePaths(tree, dirname(resolve(file))) };
}

/**
 * The source of the images that a checkpoint tells it was trained on. Paths in a checkpoint count for nothing: who made the
 * file must not choose what is read here.
 */
async function sourceOf(checkpoint: string): Promise<Tree> {
  const { config = "" } = await readMetadata(checkpoint).catch((): Record<string, string> => ({}));
  const { data } = treeOf(() => config);
  return isTree(data) ? { data: { source: data.source } } : {};
}

/** The tree of a text that should be YAML; an empty one where it is none. */
function treeOf(read: () => string): Tree {
  try {
    const tree = parseYaml(read());
    return isTree(tree) ? tree : {};
  } catch {
    return {};
  }
}

/** The tree of `KEY=VALUE`. A path is text as it stands, whatever YAML makes of it. */
function keyOf(pair: string): Tree {
  const at = pair.indexOf("=");
  const [path, raw] = [pair.slice(0, Math.max(at, 0)).trim().split("."), pair.slice(at + 1).trim()];
  const value = treeValue(raw);
  return nested(path, isTree(value) || value === null ? value : raw.replace(/^(["'])(.*)\1$/s, "$2"));
}

function treeValue(raw: string): unknown {
  try {
    return parseYaml(raw);
  } catch {
    return raw;
  }
}

/** The keys of `predict`, whose names of the classes stand in a file, as a config has them. */
function namesOf(tree: Tree): Tree {
  return typeof tree.names === "string" ? merge(tree, { data: { names: fromStanding(tree.names) } }) : tree;
}
