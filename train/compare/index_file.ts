import { dirname, join, resolve } from "node:path";
import { exists, removeTemporary, writeWhole } from "../../data/disk/mod.ts";
import type { Progress } from "../progress/progress.ts";
import { runFiles, RUNS } from "../results/run_files.ts";
import { type Entry, indexPage, isIndex } from "./index_page.ts";
import { isThere, readRun, writtenAt } from "./run_record.ts";

const INDEX = "index.html";

/**
 * Writes the index of the runs beside a run that has ended, whole: `index.html` in the folder that holds the run's folder.
 *
 * That folder gets an index if it is `runs/`, or has an index already; a page of another origin stays as it is. A failure
 * is told and fails no run.
 *
 * @param path The folder of the run that has ended.
 * @param runs The folder that gets an index of its own; `runs/` by default.
 */
export async function refreshIndex(
  path: string,
  progress: Pick<Progress, "line">,
  runs: string = RUNS,
): Promise<void> {
  try {
    const root = dirname(resolve(path));
    const file = join(root, INDEX);
    const there = exists(file);
    if (there ? !isIndex(await Deno.readTextFile(file)) : root !== resolve(runs)) return;
    removeTemporary(root, INDEX);
    await writeWhole(file, indexPage(root, await entriesOf(root), new Date()), { wait: false });
  } catch (error) {
    progress.line(`The index of the runs stays as it was: ${(error as Error).message}`);
  }
}

/** Reads all runs of a folder; a folder without a config and a summary holds none. */
async function entriesOf(root: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const { name } of Deno.readDir(root)) {
    const path = join(root, name);
    const file = [runFiles.summary, runFiles.config].map((part) => join(path, part)).find(isThere);
    if (file) entries.push(await entryOf(path, name, file));
  }
  return entries;
}

async function entryOf(path: string, name: string, file: string): Promise<Entry> {
  try {
    const run = await readRun(path);
    return { name, date: run.date, run };
  } catch (error) {
    // The page may be read elsewhere: it names the run, not the machine's folders.
    const fault = (error as Error).message.replaceAll(path, name);
    return { name, date: await writtenAt(file).catch(() => new Date(0)), fault };
  }
}
