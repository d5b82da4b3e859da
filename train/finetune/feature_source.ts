import { type ImageSet, withRoom } from "../../data/mod.ts";
import { nameOf, readState } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { FeatureBank } from "../features/bank/bank.ts";
import type { Pass } from "../features/pass.ts";
import type { FeatureRows } from "../features/rows.ts";
import { saveAtEnd, type Saving } from "../progress/saving.ts";
import type { Setup } from "../setup/setup.ts";
import type { Sized } from "../trainer/methods/method.ts";
import type { Batches, Source } from "../trainer/source.ts";
import { stopwatch, type Work } from "../saved/work.ts";

/** Features of a batch's images. */
export interface FeatureBatch extends Sized {
  /** [count, F]; the next batch overwrites them. */
  features: Float32Array;
  /** [count]. */
  labels: Uint32Array;
}

/** The objects that computing views of the training images takes. */
export interface Views {
  setup: Setup;
  config: Config;
  /** Filled on the way. */
  work: Work;
  /** Gives the features. */
  bank: FeatureBank;
  signal: AbortSignal;
  saving?: Saving | undefined;
}

/** Batches of the stored views in turn or, with `views: fresh`, of a new view in each epoch. */
export async function featureSource(run: Views): Promise<Source<FeatureBatch>> {
  const { config: { batch, views }, setup: { train }, work } = run;
  const stored = await storeViews(run);
  const fresh = views === "fresh";
  return {
    unit: "samples",
    slow: fresh,
    waited: null,
    async open(epoch) {
      const rows = fresh
        ? await extractView(run, `view of epoch ${epoch + 1}`, epoch)
        : work.views[epoch % stored];
      return batchesOf(rows, train.labels, batch);
    },
  };
}

/**
 * Computes the features of the stored views that the work does not have yet. They depend on the seed and on nothing
 * that the classifier is trained with, so runs of one seed can share them.
 *
 * @returns Number of views that the run cycles through; 0 if it takes a new view every epoch.
 */
export async function storeViews(run: Views): Promise<number> {
  const { config: { views, epochs, statistics }, setup, work, signal, saving } = run;
  const stored = views === "fresh" ? 0 : Math.min(views, epochs);
  while (work.views.length < stored) {
    const view = work.views.length;
    const rows = await extractView(run, `view ${view + 1} of ${stored}`, view);
    if (statistics === "updated") {
      work.state = new Map([...work.state ?? [], ...await readState([setup.statistics])]);
    }
    work.views.push(rows);
    work.part = null;
    saveAtEnd(saving);
    signal.throwIfAborted();
  }
  return stored;
}

/** Computes the features of the test images that the work does not have yet, for each look at them. */
export async function storeLooks(
  test: ImageSet,
  passes: readonly Pass[],
  work: Work,
  bank: FeatureBank,
  saving?: Saving,
): Promise<void> {
  for (const pass of passes.slice(work.testFeatures.length)) {
    work.testFeatures.push(await bank.rows(test, pass));
    work.part = null;
    saveAtEnd(saving);
  }
}

/** The state of a work if it holds running statistics; null if they are as in stage 1. */
export function statisticsIn(
  { state }: Work,
  { statistics }: Setup,
): ReadonlyMap<string, Float32Array> | null {
  const names = statistics.tensors.map(nameOf);
  return state && names.every((name) => state.has(name)) ? state : null;
}

async function extractView(
  { setup: { train }, config, bank, work }: Views,
  name: string,
  view: number,
): Promise<FeatureRows> {
  const { data: { augment }, statistics, views } = config;
  const clock = stopwatch();
  // Views are numbered from 1: number 0 is the plain image of the evaluation.
  const pass = { name, view: view + 1, augment, statistics };
  const rows = await bank.rows(train, pass, { once: views === "fresh" });
  work.seconds.features += clock.lap();
  return rows;
}

/** Batches of given views in turn, a view in each epoch. @param labels [rows of a view]. */
export function rowsSource(
  views: readonly FeatureRows[],
  labels: Uint32Array,
  batch: number,
): Source<FeatureBatch> {
  const open = (epoch: number) => batchesOf(views[epoch % views.length], labels, batch);
  return { unit: "samples", slow: false, waited: null, open };
}

/** Rows of features as batches of an epoch; the rows are closed at its end. */
function batchesOf(rows: FeatureRows, labels: Uint32Array, batch: number): Batches<FeatureBatch> {
  return function* (samples) {
    const most = Math.min(batch, samples.length);
    const bytes = 4 * most * rows.width;
    const task = `take batches of ${most} features, ${rows.width} values each`;
    const features = withRoom(task, bytes, "lower batch", () => new Float32Array(most * rows.width));
    try {
      for (let at = 0; at < samples.length; at += batch) {
        const part = samples.subarray(at, at + batch);
        const values = features.subarray(0, part.length * rows.width);
        rows.gather(part, values);
        yield { features: values, labels: Uint32Array.from(part, (i) => labels[i]), count: part.length };
      }
    } finally {
      rows.close();
    }
  };
}
