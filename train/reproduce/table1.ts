import { loadState } from "../../engine/mod.ts";
import { openBank } from "../features/bank/open.ts";
import type { Config } from "../config/load.ts";
import { evaluateRule } from "../results/evaluation.ts";
import { Extractor } from "../features/extractor.ts";
import { passesOf } from "../features/pass.ts";
import { statisticsIn, storeLooks, storeViews } from "../finetune/feature_source.ts";
import { finetune } from "../finetune/finetune.ts";
import { viewPieces } from "../finetune/pieces.ts";
import type { Listeners } from "../trainer/fit.ts";
import type { Metrics } from "../results/metrics.ts";
import { pairOf, plainRule } from "../decision/decide.ts";
import { COST, type Piece } from "../progress/plan.ts";
import { saveAtEnd } from "../progress/saving.ts";
import { lookFor } from "../progress/stopping.ts";
import { silent } from "../progress/progress.ts";
import type { Throughput } from "../results/records.ts";
import { checkTrainingImages } from "../setup/set_up.ts";
import type { Setup } from "../setup/setup.ts";
import { newWork, stopwatch, type Work } from "../saved/work.ts";
import { ensembleId, type TableRow } from "./rows.ts";

/** Statistics that the features of a seed are computed with, in this order. */
const KINDS = ["frozen", "updated"] as const;

/** The result of one row with one seed. */
export interface Result {
  /** Id of the row, or of an ensemble of the row. */
  row: string;
  seed: number;
  metrics: Metrics;
}

/** The work done on a table so far, from which an interrupted table continues. */
export interface TableWork {
  /** The seed whose views are stored; null before the first. */
  seed: number | null;
  /** Features of the seed by the stage-1 backbone, with its own and with updated statistics, shared by all rows. */
  features: Record<Config["statistics"], Work>;
  /** The stage-1 model. */
  before: Metrics | null;
  results: Result[];
  throughput: Throughput;
  seconds: { features: number; retrain: number; total: number };
}

/** Makes the work of a table that has not begun. */
export function newTableWork(): TableWork {
  return {
    seed: null,
    features: { frozen: newWork(), updated: newWork() },
    before: null,
    results: [],
    throughput: { forwardImagesPerSecond: 0, dataWaitShare: 0 },
    seconds: { features: 0, retrain: 0, total: 0 },
  };
}

/** The inputs of a table. */
export interface Table extends Pick<Listeners, "progress" | "signal" | "saving"> {
  setup: Setup;
  /** Config that the rows share; each row sets its own loss, sampler, start and statistics. */
  config: Config & { views: number };
  rows: readonly TableRow[];
  seeds: readonly number[];
}

/**
 * Re-trains the classifier in the way of every row, with every seed.
 *
 * The features of the stored views depend neither on the loss nor on the sampler nor on the start, so those of a seed
 * are computed once and every row is trained on them; those of the test images are computed once for all seeds.
 *
 * @param work Earlier work to continue, updated after each step.
 * @throws {RangeError} when a class has no training images.
 * @throws {Interrupted} when the signal is aborted; `work` then has the finished rows.
 */
export async function runTable(table: Table, work: TableWork): Promise<void> {
  const { setup, config, seeds, progress, signal, saving } = table;
  checkTrainingImages(setup, config);
  progress.plan(tablePieces(table, work));
  for (const seed of seeds) {
    const missing = missingRows(table, work, seed);
    if (missing.length === 0) continue;
    if (work.seed !== seed) {
      const { testFeatures } = work.features.frozen;
      work.features = { frozen: { ...newWork(), testFeatures }, updated: { ...newWork(), testFeatures } };
      work.seed = seed;
    }
    if (seeds.length > 1) progress.line(`Seed ${seed} (${seeds.indexOf(seed) + 1} of ${seeds.length})`);
    await storeFeatures(table, missing, seed, work);
    const stage = progress.meter(`re-train with seed ${seed}`, missing.length, { unit: "rows" });
    for (const row of missing) {
      const { mean, gmean, hmean, lowest } = await runRow(table, row, seed, work);
      stage.advance(1);
      const numbers = { mean, "G-mean": gmean, "H-mean": hmean, lowest };
      const text = Object.entries(numbers).map(([name, value]) => `${name} ${value.toFixed(2)}`).join(", ");
      stage.report(`${row.name}: ${text}`);
      saveAtEnd(saving);
      signal.throwIfAborted();
    }
    stage.end();
  }
}

/** The rows that a seed lacks. */
function missingRows({ rows }: Pick<Table, "rows">, work: TableWork, seed: number): TableRow[] {
  const done = work.results.filter((result) => result.seed === seed).map((result) => result.row);
  return rows.filter((row) => !done.includes(row.id));
}

/** Lists the pieces of a table that are still to do. */
export function tablePieces(
  table: Pick<Table, "setup" | "config" | "rows" | "seeds">,
  work: TableWork,
): Piece[] {
  const { setup: { train: { count }, dataset: { test } }, config: { views, epochs }, seeds } = table;
  let hasTest = work.features.frozen.testFeatures.length > 0;
  return seeds.flatMap((seed) => {
    const missing = missingRows(table, work, seed);
    const kinds = KINDS.filter((kind) => missing.some((row) => row.changes.statistics === kind));
    const evaluate = kinds.length > 0 && !hasTest
      ? [{ name: "evaluate stage 1", total: test.count, cost: COST.forward }]
      : [];
    hasTest ||= evaluate.length > 0;
    const stored = (kind: typeof KINDS[number]) => work.seed === seed ? work.features[kind].views.length : 0;
    const features = kinds.flatMap((kind) => viewPieces({ count, stored: views }, stored(kind)));
    const cost = epochs * count * COST.features;
    const rows = { name: `re-train with seed ${seed}`, total: missing.length, unit: "rows", cost };
    return missing.length > 0 ? [...evaluate, ...features, rows] : [];
  });
}

/** Computes the missing features for the training and evaluation of these rows. */
async function storeFeatures(
  { setup, config, progress, signal, saving }: Table,
  rows: readonly TableRow[],
  seed: number,
  work: TableWork,
): Promise<void> {
  const { dataset: { test }, statistics, stage1 } = setup;
  const clock = stopwatch();
  using extractor = new Extractor(setup, { ...config, seed }, progress, signal);
  try {
    for (const kind of KINDS) {
      if (!rows.some((row) => row.changes.statistics === kind)) continue;
      const features = work.features[kind];
      loadState([statistics], stage1);
      // Test features of the stage-1 model; a row with updated statistics computes its own after its training.
      const run = { ...config, seed, statistics: kind };
      await using bank = openBank({
        setup,
        config: run,
        extractor,
        progress,
        signal,
        work: features,
        saving,
      });
      if (features.testFeatures.length === 0) features.testFeatures = [...work.features.frozen.testFeatures];
      await storeLooks(test, passesOf("none", "evaluate stage 1"), features, bank, saving);
      signal.throwIfAborted();
      loadState([statistics], statisticsIn(features, setup) ?? stage1);
      await storeViews({ setup, config: run, work: features, bank, signal, saving });
    }
  } finally {
    work.seconds.features += clock.lap();
    if (extractor.throughput.forwardImagesPerSecond) work.throughput = extractor.throughput;
  }
}

/** Re-trains and evaluates one row; stores its result and the results of its ensembles. */
async function runRow(
  { setup, config, signal }: Table,
  row: TableRow,
  seed: number,
  work: TableWork,
): Promise<Metrics> {
  const clock = stopwatch();
  const { testFeatures, views, state } = work.features[row.changes.statistics];
  const listeners = {
    progress: silent,
    signal,
    onEpoch: () => Promise.resolve(),
  };
  const { before, after, members } = await finetune(
    setup,
    { ...config, ...row.changes, loss: { ...config.loss, name: row.loss }, seed, ensemble: null },
    { ...newWork(), testFeatures, views, state },
    listeners,
  );
  work.before ??= before!.metrics;
  for (const temperatures of row.ensembles) {
    const pair = pairOf(members.after[0].logits, members.before![0].logits, temperatures);
    const { metrics } = evaluateRule(pair, plainRule, setup, lookFor(signal));
    work.results.push({ row: ensembleId(row.id, temperatures), seed, metrics });
  }
  work.results.push({ row: row.id, seed, metrics: after.metrics });
  work.seconds.retrain += clock.lap();
  return after.metrics;
}
