import { join } from "node:path";
import { type Patience, prepareFile, waitingForRoom, writeWhole } from "../../../data/disk/mod.ts";
import { comparePage, metricCells } from "../../compare/compare_page.ts";
import { compareRuns, type Comparison } from "../../compare/comparison.ts";
import type { Flags } from "../../flags/flags.ts";
import { fromStanding } from "../../flags/standing.ts";
import { summaryJson } from "../../results/records.ts";
import { RUNS } from "../../results/run_files.ts";
import { type ProgressOptions, TerminalProgress } from "../../terminal/progress.ts";
import { alignedTable, metricColumns } from "../../results/table.ts";

/** The surroundings of the command, which works with no device. */
interface Surroundings {
  /** Prints a result on stdout. */
  print: (text: string) => void;
  /** Output of what asks the user to act. */
  progress?: ProgressOptions;
  /** Wait for room on a full disk; by default that of every command. */
  patience?: Patience;
}

/**
 * `deno task compare`: sets runs side by side on one page.
 *
 * @param surroundings Replaced in tests.
 * @returns 0.
 */
export async function run(
  { operands: runs, out, json, quiet }: Pick<Flags, "operands" | "out" | "json" | "quiet">,
  { print, progress: output, patience }: Surroundings = { print: console.log },
): Promise<number> {
  const file = out ?? join(RUNS, "compare.html");
  using _page = prepareFile(file);
  const comparison = await compareRuns(runs.map(fromStanding));
  using progress = new TerminalProgress(output);
  using _room = waitingForRoom({ tell: (text) => progress.alert(text), patience });
  await writeWhole(file, comparePage(comparison, file, new Date()));
  if (json) print(summaryJson(plain(comparison)).trimEnd());
  else if (!quiet) print(`\n${tableOf(comparison)}\n\nPage: ${file}`);
  return 0;
}

/** The comparison for programs: runs by their folders, without their configs. */
function plain({ groups, differences, classes }: Comparison): object {
  return {
    groups: groups.map(({ name, runs, seeds, before, after, ensemble }) => ({
      name,
      seeds,
      before,
      after,
      ensemble,
      runs: runs.map(({ path, date, command, seed, before, after, ensemble }) => ({
        path,
        date,
        command,
        seed,
        before,
        after,
        ensemble,
      })),
    })),
    differences,
    classes,
  };
}

/** A table for a terminal: the metrics that a reader looks for first, with their deviations. */
function tableOf({ groups }: Comparison): string {
  const columns = metricColumns.filter(({ key }) => ["mean", "gmean", "hmean", "lowest"].includes(key));
  const rows = groups.map(({ name, before, after }) => [name, ...metricCells((after ?? before)!, columns)]);
  return alignedTable([["", ...columns.map(({ head }) => head)], ...rows]);
}
