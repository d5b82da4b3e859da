import { parseJson } from "../../formats/json/mod.ts";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { exists } from "../../data/disk/mod.ts";
import { isTree, type Tree } from "../config/schema/config_tree.ts";
import { parseYaml } from "../config/yaml.ts";
import { readNamed } from "../flags/errors.ts";
import type { Metrics } from "../results/metrics.ts";
import { runFiles } from "../results/run_files.ts";

/** A whole run, read from its folder. */
export interface RunRecord {
  /** The folder, as the user names it. */
  path: string;
  /** The folder's own name. */
  name: string;
  /** When the run began; for a run whose summary has no date, when the summary was written. */
  date: Date;
  /** The command, such as `finetune` or `reproduce table1`; null where the config does not tell it. */
  command: string | null;
  /** The effective config, its keys unchecked: another version may have written it. */
  config: Tree;
  seed: number | null;
  /** The model that the run began with; for `evaluate` the model that it measured. */
  before: Metrics | null;
  /** The trained model. */
  after: Metrics | null;
  ensemble: Metrics | null;
  /** Path of the page that tells the run's results; null without a page. */
  page: string | null;
  /** Path of the trained checkpoint; null without a checkpoint. */
  checkpoint: string | null;
}

const group = z.number().nullable();
const metrics: z.ZodType<Metrics> = z.object({
  mean: z.number(),
  gmean: z.number(),
  hmean: z.number(),
  lowest: z.number(),
  zeroRecall: z.number(),
  many: group,
  medium: group,
  few: group,
});

/** The parts of a summary that are compared. `reproduce` writes summaries of many models, without `after`. */
const summarySchema = z.object({
  date: z.iso.datetime().optional(),
  seed: z.number().optional(),
  before: metrics.nullish(),
  after: metrics.nullish(),
  ensemble: metrics.nullish(),
});

/**
 * Reads a whole run from its folder.
 *
 * @throws {Error} when the folder holds no whole run, or its files are not those of a run; the message names the folder.
 */
export async function readRun(path: string): Promise<RunRecord> {
  const file = (name: string) => join(path, name);
  const there = (...names: string[]) => names.map(file).find(isThere) ?? null;
  const summary = await readSummary(path);
  const { text, tree } = await readConfig(path);
  const isOfOneModel = summary.after !== undefined;
  return {
    path,
    name: basename(resolve(path)),
    date: summary.date ? new Date(summary.date) : await writtenAt(file(runFiles.summary)),
    command: /^# To repeat this run: deno task (\S+(?: [^-\s]\S*)*) --/.exec(text)?.[1] ?? null,
    config: tree,
    seed: summary.seed ?? null,
    before: isOfOneModel ? summary.before ?? null : null,
    after: summary.after ?? null,
    ensemble: isOfOneModel ? summary.ensemble ?? null : null,
    page: there(runFiles.report, runFiles.tablePage, runFiles.figuresPage),
    checkpoint: there(runFiles.checkpoint, runFiles.classifier),
  };
}

/** The model that a run ends with: the trained model, or the model that `evaluate` measured. */
export function resultOf({ before, after }: Pick<RunRecord, "before" | "after">): Metrics | null {
  return after ?? before;
}

async function readSummary(path: string): Promise<z.output<typeof summarySchema>> {
  const what = join(path, runFiles.summary);
  const text = await readNamed(`the summary of the run ${what}`, () => Deno.readTextFile(what)).catch(
    (error) => {
      if (!isThere(join(path, runFiles.work))) throw error;
      throw new Error(
        `Cannot read the run ${path}: it takes a whole run, current one was cut off or goes on`,
      );
    },
  );
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${what}: it takes JSON: ${(cause as Error).message}`);
  }
  const { data, error } = summarySchema.safeParse(value);
  if (data) return data;
  const { path: key, message } = error.issues[0];
  throw new TypeError(
    `Cannot read ${what}: it takes the summary of a run: ${key.join(".") || "all"}: ${message}`,
  );
}

async function readConfig(path: string): Promise<{ text: string; tree: Tree }> {
  const what = join(path, runFiles.config);
  const text = await readNamed(what, () => Deno.readTextFile(what));
  let tree: unknown;
  try {
    tree = parseYaml(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${what}: it takes YAML: ${(cause as Error).message.trim()}`);
  }
  if (isTree(tree)) return { text, tree };
  throw new TypeError(`Cannot read ${what}: it takes keys and values, current content is none`);
}

/** When a file was written; the beginning of 1970 where the system does not tell it. */
export async function writtenAt(file: string): Promise<Date> {
  return (await Deno.stat(file)).mtime ?? new Date(0);
}

/** Tells whether a path exists; a path through a file, or one that may not be looked at, does not. */
export function isThere(path: string): boolean {
  try {
    return exists(path);
  } catch {
    return false;
  }
}
