import { stringify } from "@std/yaml";
import type { z } from "zod";
import { basename, dirname, extname, resolve } from "node:path";
import { spelled } from "./choices.ts";
import { configKey, configKeys, type ConfigKind, writtenOut } from "./schema/keys.ts";
import { checkConfig, checkSections } from "./check.ts";
import { type Config, finetuneConfig } from "./schema/finetune.ts";
import { isTree, merge, nested, type Tree } from "./schema/config_tree.ts";
import { type PathFlags, resolvePaths, withPathsOf } from "./schema/paths.ts";
import { sourceDefaults } from "./schema/data.ts";
import { featuresConfig } from "./schema/features.ts";
import type { Flags } from "../flags/flags.ts";
import { readNamed, UsageError } from "../flags/errors.ts";
import { standingFolder } from "../flags/standing.ts";
import { LegacyKeys } from "./legacy_keys.ts";
import { nearest } from "../flags/nearest.ts";
import { trainingConfig } from "./schema/train.ts";
import { forPretrained } from "./schema/weights.ts";
import type { RunConfig } from "./schema/parts.ts";
import { shortened } from "./shortened.ts";
import { parseYaml } from "./yaml.ts";

export type { Config } from "./schema/finetune.ts";

/** The flags that change the config. */
export type ConfigFlags = PathFlags & Pick<Flags, "set" | "seed" | "family">;

/** The configs of the commands that train. */
const kinds: readonly ConfigKind<unknown>[] = [finetuneConfig, trainingConfig, featuresConfig];

/** The config of a command; finetune's where the command has no config of its own. */
export function kindOf(command: string): ConfigKind<unknown> {
  return kinds.find(({ task }) => task === command) ?? finetuneConfig;
}

/**
 * Loads the effective config of a run: the defaults, overridden by the file, then by each `--set` in its order, then by
 * the other flags.
 *
 * Paths in the file are relative to the file, those on the command line to where the user stands; in the effective
 * config they are absolute.
 *
 * @param file Config file, or a config that was read; null takes `configs/fashion-lt-gml.yaml`.
 * @param flags Flags of the command line.
 * @throws {SyntaxError} when the file is not YAML, or far larger than a config.
 * @throws {TypeError | RangeError} when a key is unknown or its value of a wrong type or out of range.
 * @throws {UsageError} when a `--set` is not KEY=VALUE with a known key.
 */
export function loadConfig(file: string | Written | null, flags: Partial<ConfigFlags> = {}): Promise<Config> {
  return loadConfigOf(finetuneConfig, file, flags);
}

/** A config that stands in another file than one of its own. */
export interface Written {
  /** That file. */
  source: string;
  tree: Tree;
}

/** Loads the effective config of any command. */
export async function loadConfigOf<C>(
  kind: ConfigKind<C>,
  path: string | Written | null,
  flags: Partial<ConfigFlags> = {},
): Promise<C> {
  const source = path === null ? kind.defaultFile : typeof path === "string" ? path : path.source;
  const legacy = new LegacyKeys(kind.task);
  const partOf = (tree: Tree, folder: string) =>
    legacy.renew(spelled(kind.schema, writtenOut(resolvePaths(tree, folder))));
  const file = path === null || typeof path === "string" ? await readTree(source) : path.tree;
  checkCommand(kind, file, source);
  let tree = merge({ name: nameOf(source) }, partOf(file, dirname(resolve(source))));
  const pairs = flags.set ?? [];
  const sets = pairs.map((pair) => partOf(parsePair(kind.schema, pair, legacy), standingFolder()));
  const written = tree;
  const set = sets.reduce(merge, {});
  tree = sets.reduce(merge, forPretrained(forSource(tree, set), set, typeof flags.checkpoint === "string"));
  tree = withPathsOf(flags, tree, standingFolder());
  if (typeof flags.seed === "number") tree = merge(tree, { seed: flags.seed });
  if (typeof flags.family === "string") tree = merge(tree, { family: flags.family });
  if (isTree(tree.data)) tree = merge({ data: sourceDefaults(tree.data.source) }, tree);
  const config = checkConfig(kind, tree, [source, ...pairs.map((pair) => `--set ${pair}`)].join(" "));
  // The check above reported faults of the merged config; this reports faults that later parts replaced.
  checkSections(kind, written, source);
  sets.forEach((set, i) => checkSections(kind, set, `${source} --set ${pairs[i]}`));
  legacy.tellLater();
  return config;
}

/**
 * The effective config of keys that a program gives: the other keys have their defaults. Paths are relative to the current
 * folder.
 *
 * @throws {TypeError | RangeError} when a key is unknown or its value of a wrong type or out of range.
 */
export function configOf<C>(kind: ConfigKind<C>, keys: Tree): C {
  const tree = merge({ name: "run" }, spelled(kind.schema, writtenOut(resolvePaths(keys, Deno.cwd()))));
  const data = isTree(tree.data) ? tree.data : {};
  return checkConfig(kind, merge({ data: sourceDefaults(data.source) }, tree), "given");
}

/** Reads `--set` pairs for a command without a config file. @throws as {@linkcode loadConfig}. */
export function configOfPairs<C>(kind: ConfigKind<C>, pairs: readonly string[]): C {
  const sets = pairs.map((pair) => parsePair(kind.schema, pair, null));
  return checkConfig(kind, sets.reduce(merge, {}), pairs.map((pair) => `--set ${pair}`).join(" "));
}

/** Adapts the file's tree to a source named by `--set`: the cut in the file belongs to the file's own source. */
function forSource(tree: Tree, set: Tree): Tree {
  const [old, now] = [tree, set].map(({ data }) => isTree(data) ? data.source : undefined);
  return now === undefined || now === old ? tree : merge(tree, { data: sourceDefaults(now) });
}

/** Tells the command of a config file; `train` where both could read it, or no file is named. */
export async function taskOf(file: string | null): Promise<"train" | "finetune"> {
  if (file === null) return "train";
  const tree = await readTree(file);
  const faults = (kind: ConfigKind<unknown>) => parsed(kind, tree).error?.issues.length ?? 0;
  return faults(trainingConfig) <= faults(finetuneConfig) ? "train" : "finetune";
}

/** Writes the config as YAML; `loadConfig` reads the identical config back. */
export function configToYaml(config: RunConfig): string {
  return stringify({ ...config }, { lineWidth: 110 });
}

/** Refuses a config of another command with one message, not a message for each of its keys. */
function checkCommand(kind: ConfigKind<unknown>, tree: Tree, source: string): void {
  const fits = (kind: ConfigKind<unknown>) => parsed(kind, tree).success;
  const other = fits(kind) ? undefined : kinds.find(fits);
  if (!other) return;
  throw new RangeError(
    `Cannot use the config ${source}: it takes one of deno task ${kind.task}, current is one of deno task ${other.task}`,
  );
}

/** Reads a file as the config of a command. */
function parsed<C>({ task, schema }: ConfigKind<C>, tree: Tree): z.ZodSafeParseResult<C> {
  return schema.safeParse(new LegacyKeys(task).renew(spelled(schema, writtenOut(tree))));
}

async function readTree(file: string): Promise<Tree> {
  const text = await readNamed(`the config ${file}`, () => Deno.readTextFile(file));
  let tree: unknown;
  try {
    tree = parseYaml(text) ?? {};
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read the config ${file}: it takes YAML: ${(cause as Error).message.trim()}`,
      { cause },
    );
  }
  if (isTree(tree)) return tree;
  throw new TypeError(
    `Cannot read the config ${file}: it takes keys and values, current content is ${
      Array.isArray(tree) ? "a list" : shortened(JSON.stringify(tree))
    }`,
  );
}

/** Makes a tree of `optimizer.lr=0.1`. */
function parsePair(schema: z.ZodType, pair: string, legacy: LegacyKeys | null): Tree {
  const at = pair.indexOf("=");
  const key = pair.slice(0, Math.max(at, 0)).trim();
  const raw = pair.slice(at + 1).trim();
  if (at < 1 || raw === "") {
    throw new UsageError(
      `Cannot read --set ${pair}: it takes KEY=VALUE, such as optimizer.lr=0.1 or checkpoint=null`,
    );
  }
  const known = configKeys(schema);
  if (!known.includes(key) && !legacy?.has(key)) {
    throw new UsageError(
      `Cannot set ${key}: the config has no such key; the nearest is ${nearest(key, known)}`,
    );
  }
  const path = key.split(".");
  let value: unknown;
  try {
    value = parseYaml(raw);
  } catch (cause) {
    throw new UsageError(
      `Cannot read --set ${pair}: its value is not YAML: ${(cause as Error).message.trim()}`,
      { cause },
    );
  }
  // A run named 2024 or a file named 1.5 is text.
  if (configKey(schema, path).text && value !== null) value = raw.replace(/^(["'])(.*)\1$/s, "$2");
  return nested(path, value);
}

/** A run's name from its config file's. */
function nameOf(file: string): string {
  const name = basename(file, extname(file)).replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return name || "run";
}
