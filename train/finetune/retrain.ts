import { initHead } from "../../engine/mod.ts";
import { epochOrder } from "../../data/mod.ts";
import type { FeatureBank } from "../features/bank/bank.ts";
import type { FeatureRows } from "../features/rows.ts";
import type { Classifier } from "./classifier.ts";
import type { Config } from "../config/load.ts";
import type { Progress } from "../terminal/progress.ts";
import { learningRates } from "../setup/learning_rate.ts";
import type { Setup } from "../setup/setup.ts";
import type { Stage } from "../terminal/stage.ts";
import { stopwatch, type Work } from "../work/work.ts";

/** Whom a run talks to on its way. */
export interface Listeners {
  progress: Progress;
  /** Stops the run at the next point where its work is whole. */
  signal: AbortSignal;
  /** Hears of each whole epoch. */
  onEpoch: () => Promise<void>;
}

/** What the epochs of a run share. */
export interface Retraining extends Listeners {
  setup: Setup;
  config: Config;
  work: Work;
  /** Gives the features. */
  bank: FeatureBank;
  classifier: Classifier;
}

/** What it takes to compute the views. */
export type Extraction = Pick<Retraining, "setup" | "config" | "work" | "bank" | "signal">;

/** The epochs that are still to do: on stored views in turn, or each on a view of its own. */
export async function retrain(run: Retraining): Promise<void> {
  const { setup, config, work, classifier, progress, signal } = run;
  const { train, network } = setup;
  const { epochs, seed } = config;
  const first = () => config.classifier === "warm" ? setup.stage1 : initHead(network, seed);
  classifier.load(work.classifier ?? first());
  const stored = await storeViews(run);
  const fresh = stored === 0;
  const begin = (count: number) => progress.stage("re-train", count * train.count, { unit: "samples" });
  let stage = fresh ? null : begin(epochs - work.epochs.length);
  for (let epoch = work.epochs.length; epoch < epochs; epoch++) {
    const rows = fresh
      ? await extractView(run, `view of epoch ${epoch + 1}`, epoch)
      : work.views[epoch % stored];
    stage ??= begin(1);
    await trainEpoch(run, epoch, rows, stage);
    if (fresh) {
      stage.end();
      stage = null;
    }
    signal.throwIfAborted();
  }
  stage?.end();
}

/**
 * Computes the features of the stored views that the work does not have yet. They depend on the seed and on nothing
 * that the classifier is trained with, so runs of one seed can share them.
 *
 * @returns How many views the run cycles through; 0 where it takes new ones every epoch.
 */
export async function storeViews(run: Extraction): Promise<number> {
  const { config: { views, epochs }, work, signal } = run;
  const stored = views === "fresh" ? 0 : Math.min(views, epochs);
  while (work.views.length < stored) {
    const view = work.views.length;
    const rows = await extractView(run, `view ${view + 1} of ${stored}`, view);
    await keepStatistics(run);
    work.views.push(rows);
    signal.throwIfAborted();
  }
  return stored;
}

async function extractView(run: Extraction, name: string, view: number): Promise<FeatureRows> {
  const { setup: { train }, config: { data: { augment }, statistics }, bank, work } = run;
  const clock = stopwatch();
  // Views are numbered from 1: number 0 is the plain image of the evaluation.
  const once = run.config.views === "fresh";
  const rows = await bank.rows(train, { name, view: view + 1, augment, statistics }, { once });
  work.seconds.features += clock.lap();
  return rows;
}

/** One epoch of steps on these features; afterwards the work is whole again. */
async function trainEpoch(
  run: Retraining,
  epoch: number,
  features: FeatureRows,
  stage: Stage,
): Promise<void> {
  const { setup: { train, network }, config, work, classifier, signal, onEpoch } = run;
  const { sampler, seed, epochs } = config;
  const clock = stopwatch();
  const order = epochOrder(train.labels, network.classes, { sampler, seed, epoch });
  const lr = learningRates(config.optimizer, epochs)(epoch);
  const number = epoch + 1;
  let left = train.count;
  const { loss, accuracy: share, state } = await classifier.train({
    number,
    features,
    labels: train.labels,
    order,
    lr,
    onStretch(images) {
      left -= images;
      stage.advance(images);
      signal.throwIfAborted(); // the work is that of the last whole epoch
    },
  });
  if (config.views === "fresh") await keepStatistics(run);
  const seconds = clock.lap();
  const accuracy = 100 * share;
  work.epochs.push({ epoch: number, lr, loss, accuracy, seconds, imagesPerSecond: train.count / seconds });
  work.classifier = state;
  work.seconds.retrain += seconds;
  stage.advance(left);
  stage.report(
    `epoch ${number} of ${epochs}, lr ${lr}, loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(1)} %`,
  );
  await onEpoch();
  work.seconds.retrain += clock.lap();
}

/** Keeps the running statistics, if the view before this call has updated them. */
async function keepStatistics({ config, work, setup: { statistics } }: Extraction): Promise<void> {
  if (config.statistics === "updated") work.statistics = [...(await statistics.read()).values()];
}
