import { isTree, type Tree } from "../config/schema/config_tree.ts";
import type { RunRecord } from "./run_record.ts";

/** Runs that differ by their seed only. */
export interface Group {
  /** A name that no other group has. */
  name: string;
  /** All runs of the group, as they were given. */
  runs: RunRecord[];
  /** The runs that count: the newest of each seed, since a repeated seed is no further sample. */
  counted: RunRecord[];
}

/** A config key whose values differ between groups: a value for each group, null where the config has no such key. */
export interface Difference {
  key: string;
  values: (string | null)[];
}

/** Keys that never change a result, or tell runs apart by nothing else: the name, the seed, threads, timed kernels. */
const NO_DIFFERENCE = ["name", "seed", "workers", "tune"];

/** Puts runs that differ by their seed only into groups, in the order in which they are given. */
export function groupsOf(runs: readonly RunRecord[]): Group[] {
  const byRecipe = Map.groupBy(runs, (run) => JSON.stringify([...recipeOf(run)].sort()));
  const members = [...byRecipe.values()];
  const names = namesOf(members);
  return members.map((runs, i) => ({ name: names[i], runs, counted: newestOfSeeds(runs) }));
}

/** Finds the keys that differ between groups, the command first. */
export function differencesOf(groups: readonly Group[]): Difference[] {
  const recipes = groups.map(({ runs }) => recipeOf(runs[0]));
  const keys = [...new Set(recipes.flatMap((recipe) => [...recipe.keys()]))];
  return keys.map((key) => ({ key, values: recipes.map((recipe) => recipe.get(key) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** The command and all config keys that may change a result, dotted, with their values as text. */
function recipeOf({ command, config }: RunRecord): Map<string, string> {
  const found = new Map([["command", command ?? "–"]]);
  const walk = (tree: Tree, prefix: string) => {
    for (const [key, value] of Object.entries(tree)) {
      if (prefix === "" && NO_DIFFERENCE.includes(key)) continue;
      if (isTree(value)) walk(value, `${prefix}${key}.`);
      else found.set(prefix + key, typeof value === "string" ? value : JSON.stringify(value));
    }
  };
  walk(config, "");
  return found;
}

/** Names of groups: that of their config, that of their first folder, or its path: the first that tells all apart. */
function namesOf(groups: readonly RunRecord[][]): string[] {
  const configName = ([{ config, name }]: RunRecord[]) =>
    typeof config.name === "string" ? config.name : name;
  const choices = [configName, ([{ name }]: RunRecord[]) => name].map((nameOf) => groups.map(nameOf));
  return choices.find((names) => new Set(names).size === names.length) ?? groups.map(([{ path }]) => path);
}

function newestOfSeeds(runs: readonly RunRecord[]): RunRecord[] {
  const bySeed = new Map<number | null, RunRecord>();
  for (const run of runs) {
    const other = bySeed.get(run.seed);
    if (!other || run.date > other.date) bySeed.set(run.seed, run);
  }
  return [...bySeed.values()].sort((a, b) => (a.seed ?? 0) - (b.seed ?? 0));
}
