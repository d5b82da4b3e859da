import { resolve } from "node:path";
import { UsageError } from "../flags/errors.ts";
import { type Spread, spreadOf } from "../reproduce/spread.ts";
import type { Metrics } from "../results/metrics.ts";
import { metricColumns } from "../results/table.ts";
import { type Difference, differencesOf, type Group, groupsOf } from "./groups.ts";
import { type ClassRecall, readRecalls } from "./recalls.ts";
import { readRun, resultOf, type RunRecord } from "./run_record.ts";

/** Each metric over the seeds of a group; null where a run lacks the metric. */
export type SpreadMetrics = Record<keyof Metrics, Spread | null>;

/** The results of runs that differ by their seed only. */
export interface GroupResult extends Group {
  /** Seeds that count, ascending. */
  seeds: number[];
  before: SpreadMetrics | null;
  after: SpreadMetrics | null;
  ensemble: SpreadMetrics | null;
}

/** A class with its recall in each group. */
export interface ComparedClass extends Omit<ClassRecall, "trainImages" | "recall"> {
  /** Training images; null where the groups have other numbers. */
  trainImages: number | null;
  /** Recall over the seeds of each group, in per cent. */
  recalls: Spread[];
}

/** Several runs side by side. */
export interface Comparison {
  groups: GroupResult[];
  differences: Difference[];
  /** All classes in label order; null where the runs do not have the same classes, or a run has no recalls. */
  classes: ComparedClass[] | null;
}

/**
 * Reads runs and sets them side by side.
 *
 * @param paths Folders of at least two runs.
 * @throws {UsageError} when there are fewer, or a folder is named twice.
 * @throws {Error} when a folder holds no whole run of one model.
 */
export async function compareRuns(paths: readonly string[]): Promise<Comparison> {
  if (paths.length < 2) {
    throw new UsageError(
      `Cannot compare: it takes the folders of at least 2 runs, such as runs/a runs/b, current is ${
        paths.join(" ") || "none"
      }`,
    );
  }
  const twice = paths.find((path, i) => paths.findIndex((other) => resolve(other) === resolve(path)) < i);
  if (twice !== undefined) throw new UsageError(`Cannot compare ${twice} with itself: name each run once`);
  const runs: RunRecord[] = [];
  for (const path of paths) runs.push(ofOneModel(await readRun(path)));
  const groups = groupsOf(runs).map(resultsOf);
  return { groups, differences: differencesOf(groups), classes: await classesOf(groups) };
}

/** @throws {Error} when a run has no results of one model. */
function ofOneModel(run: RunRecord): RunRecord {
  if (resultOf(run) !== null) return run;
  throw new Error(
    `Cannot compare ${run.path}: it takes runs of train, finetune or evaluate, current is of ${
      run.command ?? "another command"
    }`,
  );
}

function resultsOf(group: Group): GroupResult {
  const over = (model: "before" | "after" | "ensemble"): SpreadMetrics | null => {
    const all = group.counted.map((run) => run[model]);
    if (!all.every((metrics) => metrics !== null)) return null;
    return Object.fromEntries(metricColumns.map(({ key }) => {
      const values = all.map((metrics) => metrics[key]);
      return [key, values.every((value) => value !== null) ? spreadOf(values) : null];
    })) as SpreadMetrics;
  };
  const seeds = group.counted.flatMap(({ seed }) => seed === null ? [] : [seed]);
  return { ...group, seeds, before: over("before"), after: over("after"), ensemble: over("ensemble") };
}

async function classesOf(groups: readonly Group[]): Promise<ComparedClass[] | null> {
  const tables: ClassRecall[][][] = [];
  for (const { counted } of groups) {
    const found = await Promise.all(counted.map(({ path }) => readRecalls(path)));
    if (!found.every((table) => table !== null)) return null;
    tables.push(found);
  }
  const all = tables.flat();
  const names = (table: ClassRecall[]) => JSON.stringify(table.map((row) => [row.class, row.name]));
  if (all.some((table) => names(table) !== names(all[0]))) return null;
  return all[0].map(({ class: label, name, trainImages }, i) => ({
    class: label,
    name,
    trainImages: all.every((table) => table[i].trainImages === trainImages) ? trainImages : null,
    recalls: tables.map((group) => spreadOf(group.map((table) => table[i].recall))),
  }));
}
