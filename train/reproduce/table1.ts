import { loadState } from "../../engine/mod.ts";
import { openBank } from "../features/bank/open.ts";
import type { Config } from "../config/load.ts";
import { evaluateScores } from "../results/evaluation.ts";
import { Extractor, plainPass } from "../features/extractor.ts";
import { statisticsIn, storeViews } from "../finetune/feature_source.ts";
import { finetune } from "../finetune/finetune.ts";
import type { Listeners } from "../trainer/fit.ts";
import type { Metrics } from "../results/metrics.ts";
import { ensembleProbabilities } from "../results/predict.ts";
import { silent } from "../progress/progress.ts";
import type { Throughput } from "../results/records.ts";
import { checkTrainingImages } from "../setup/set_up.ts";
import type { Setup } from "../setup/setup.ts";
import { newWork, stopwatch, type Work } from "../work/work.ts";
import { ensembleId, type Row } from "./rows.ts";

/** What one row came to with one seed. */
export interface Result {
  /** The row's id, or that of an ensemble of it. */
  row: string;
  seed: number;
  metrics: Metrics;
}

/** All that a table has worked out so far: what an interrupted one needs to go on. */
export interface TableWork {
  /** The seed whose views are stored; null before the first. */
  seed: number | null;
  /** Features by the stage-1 backbone, and those of its updated statistics: every row of the seed is trained on them. */
  features: Record<Config["statistics"], Work>;
  /** The stage-1 model. */
  before: Metrics | null;
  results: Result[];
  throughput: Throughput;
  seconds: { features: number; retrain: number; total: number };
}

/** Nothing worked out yet. */
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

/** What a table is made of. */
export interface Table extends Pick<Listeners, "progress" | "signal"> {
  setup: Setup;
  /** What the rows share: its loss, sampler, start and statistics are theirs. */
  config: Config & { views: number };
  rows: readonly Row[];
  seeds: readonly number[];
}

/**
 * Re-trains the classifier in the way of every row, with every seed.
 *
 * The features of the stored views depend neither on the loss nor on the sampler nor on the start, so those of a seed
 * are computed once and every row is trained on them; those of the test images are computed once for all seeds.
 *
 * @param work Filled on the way; begins where it stands.
 * @throws {RangeError} when a class has no training images.
 * @throws {Interrupted} when the signal is aborted; rows that were done by then are in `work`.
 */
export async function runTable(table: Table, work: TableWork): Promise<void> {
  const { setup, config, rows, seeds, progress, signal } = table;
  checkTrainingImages(setup, config);
  for (const seed of seeds) {
    const done = work.results.filter((result) => result.seed === seed).map((result) => result.row);
    const missing = rows.filter((row) => !done.includes(row.id));
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
      signal.throwIfAborted();
    }
    stage.end();
  }
}

/** Computes what is missing of the features that these rows are trained and evaluated on. */
async function storeFeatures(
  { setup, config, progress, signal }: Table,
  rows: readonly Row[],
  seed: number,
  work: TableWork,
): Promise<void> {
  const { dataset: { test }, statistics, stage1 } = setup;
  const clock = stopwatch();
  using extractor = new Extractor(setup, { ...config, seed }, progress, signal);
  try {
    for (const kind of ["frozen", "updated"] as const) {
      if (!rows.some((row) => row.changes.statistics === kind)) continue;
      const features = work.features[kind];
      loadState([statistics], stage1);
      // By the stage-1 model: a row with updated statistics has them computed anew after its training.
      const run = { ...config, seed, statistics: kind };
      await using bank = openBank({ setup, config: run, extractor, progress, signal });
      features.testFeatures ??= work.features.frozen.testFeatures ??
        await bank.rows(test, { ...plainPass, name: "evaluate stage 1" });
      signal.throwIfAborted();
      loadState([statistics], statisticsIn(features, setup) ?? stage1);
      await storeViews({ setup, config: run, work: features, bank, signal });
    }
  } finally {
    work.seconds.features += clock.lap();
    if (extractor.throughput.forwardImagesPerSecond) work.throughput = extractor.throughput;
  }
}

/** Re-trains and evaluates one row; files its result and those of its ensembles. */
async function runRow(
  { setup, config, signal }: Table,
  row: Row,
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
  const { before, after, logits } = await finetune(
    setup,
    { ...config, ...row.changes, loss: { ...config.loss, name: row.loss }, seed, ensemble: null },
    { ...newWork(), testFeatures, views, state },
    listeners,
  );
  work.before ??= before!.metrics;
  for (const temperatures of row.ensembles) {
    const { temperatureNew, temperatureOld } = temperatures;
    const probabilities = ensembleProbabilities(
      logits.after,
      logits.before!,
      setup.network.classes,
      temperatureNew,
      temperatureOld,
    );
    const { metrics } = evaluateScores(probabilities, setup);
    work.results.push({ row: ensembleId(row.id, temperatures), seed, metrics });
  }
  work.results.push({ row: row.id, seed, metrics: after.metrics });
  work.seconds.retrain += clock.lap();
  return after.metrics;
}
