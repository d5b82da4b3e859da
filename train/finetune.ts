import { epochOrder } from "../data/mod.ts";
import { Classifier, type ClassifierState } from "./classifier.ts";
import type { Config } from "./config.ts";
import { evaluateScores, type Evaluation } from "./evaluation.ts";
import { Extractor } from "./extractor.ts";
import { drawHead } from "./init.ts";
import { ensembleProbabilities } from "./predict.ts";
import type { Progress } from "./progress.ts";
import type { EpochRow, Summary } from "./records.ts";
import type { Setup } from "./setup.ts";
import type { Stage } from "./stage.ts";

/** All that a run has worked out so far: what an interrupted run needs to go on as if nothing had happened. */
export interface Work {
  /** Features of the test images by the stage-1 backbone. */
  testFeatures: Float32Array | null;
  /** Features of the training images, a stored view each. */
  views: Float32Array[];
  /** The classifier after the last whole epoch. */
  classifier: ClassifierState | null;
  /** Running statistics, where they are updated on the way. */
  statistics: Float32Array[] | null;
  /** A row for every whole epoch. */
  epochs: EpochRow[];
}

/** What fine-tuning ends with. */
export interface Outcome {
  before: Evaluation;
  after: Evaluation;
  ensemble: Evaluation | null;
  seconds: { evaluate: number; features: number; retrain: number };
  throughput: Summary["throughput"];
}

/** Nothing worked out yet. */
export function newWork(): Work {
  return { testFeatures: null, views: [], classifier: null, statistics: null, epochs: [] };
}

/**
 * Evaluates the stage-1 model, re-trains its classifier on features of the frozen backbone, and evaluates again.
 *
 * With a frozen backbone the features of an augmented view are computed once: training cycles through the stored
 * views, or computes a new one every epoch (`views: fresh`).
 *
 * @param work Filled on the way, so that a caller can keep it when the run is stopped; begins where it stands.
 * @param onEpoch Hears of each whole epoch.
 * @throws {Interrupted} when the signal is aborted, at a point where `work` is whole.
 * @throws {NonFiniteError} when the loss or a feature is NaN or infinite.
 */
export async function finetune(
  setup: Setup,
  config: Config,
  work: Work,
  progress: Progress,
  signal: AbortSignal,
  onEpoch: (work: Work) => Promise<void>,
): Promise<Outcome> {
  const { dataset: { test }, network, statistics } = setup;
  const batch = config.statistics === "updated" ? config.batch : Math.max(config.batch, 128);
  using extractor = new Extractor(
    setup,
    { batch, seed: config.seed, workers: config.workers },
    progress,
    signal,
  );
  using classifier = new Classifier(setup, config);
  const clock = stopwatch();

  const testPass = { view: 0, augment: null, statistics: "frozen" } as const;
  work.testFeatures ??= await extractor.extract(test, { ...testPass, name: "evaluate stage 1" });
  classifier.load(setup.head);
  const oldLogits = await classifier.logits(work.testFeatures);
  const before = evaluateScores(oldLogits, setup);
  const evaluatedBefore = clock.lap();

  if (work.statistics) {
    statistics.tensors.forEach((tensor, i) => statistics.write(tensor, work.statistics![i]));
  }
  const seconds = { evaluate: 0, features: 0, retrain: 0 };
  const keep = async () => {
    if (config.statistics === "updated") work.statistics = [...(await statistics.read()).values()];
    await onEpoch(work);
  };
  await retrain({ setup, config, work, extractor, classifier, progress, signal, seconds, onEpoch: keep });

  clock.lap();
  const newFeatures = config.statistics === "frozen"
    ? work.testFeatures
    : await extractor.extract(test, { ...testPass, name: "evaluate re-trained" });
  const newLogits = await classifier.logits(newFeatures);
  const after = evaluateScores(newLogits, setup);
  const { classes } = network;
  const t = config.ensemble;
  const ensemble = t && evaluateScores(
    ensembleProbabilities(newLogits, oldLogits, classes, t.temperatureNew, t.temperatureOld),
    setup,
  );
  seconds.evaluate = evaluatedBefore + clock.lap();
  return { before, after, ensemble, seconds, throughput: extractor.throughput };
}

/** What the epochs of a run share. */
interface Session {
  setup: Setup;
  config: Config;
  work: Work;
  extractor: Extractor;
  classifier: Classifier;
  progress: Progress;
  signal: AbortSignal;
  seconds: Outcome["seconds"];
  onEpoch: () => Promise<void>;
}

/** The epochs that are still to do: on stored views in turn, or each on a view of its own. */
async function retrain(session: Session): Promise<void> {
  const { setup, config, work, classifier, progress } = session;
  const { train, network: { classes, features } } = setup;
  const { epochs, views } = config;
  const first = config.classifier === "warm" ? setup.head : drawHead(classes, features, config.seed);
  classifier.load(work.classifier ?? first);
  const fresh = views === "fresh";
  const stored = fresh ? 0 : Math.min(views, epochs);
  while (work.views.length < stored) {
    const view = work.views.length;
    work.views.push(await extractView(session, `view ${view + 1} of ${stored}`, view));
  }
  const begin = (count: number) => progress.stage("re-train", count * train.count, { unit: "samples" });
  let stage = fresh ? null : begin(epochs - work.epochs.length);
  for (let epoch = work.epochs.length; epoch < epochs; epoch++) {
    const rows = fresh
      ? await extractView(session, `view of epoch ${epoch + 1}`, epoch)
      : work.views[epoch % stored];
    stage ??= begin(1);
    await trainEpoch(session, epoch, rows, stage);
    if (fresh) {
      stage.end();
      stage = null;
    }
  }
  stage?.end();
}

async function extractView(session: Session, name: string, view: number): Promise<Float32Array> {
  const { setup: { train }, config: { data: { augment }, statistics }, extractor, seconds } = session;
  const clock = stopwatch();
  // Views are numbered from 1: number 0 is the plain image of the evaluation.
  const rows = await extractor.extract(train, { name, view: view + 1, augment, statistics });
  seconds.features += clock.lap();
  return rows;
}

/** One epoch of SGD on these features; afterwards the work is whole again. */
async function trainEpoch(session: Session, epoch: number, rows: Float32Array, stage: Stage): Promise<void> {
  const { setup: { train, network }, config, work, classifier, signal, seconds, onEpoch } = session;
  const { batch, sampler, seed, epochs } = config;
  const clock = stopwatch();
  const order = epochOrder(train.labels, network.classes, { sampler, seed, epoch });
  const lr = learningRate(config, epoch);
  for (let at = 0; at < order.length; at += batch) {
    await classifier.step(rows, train.labels, order.subarray(at, at + batch), lr);
  }
  const { loss, accuracy: share } = await classifier.collect(rows, train.labels);
  const took = clock.lap();
  const accuracy = 100 * share;
  work.epochs.push({
    epoch: epoch + 1,
    lr,
    loss,
    accuracy,
    seconds: took,
    imagesPerSecond: train.count / took,
  });
  work.classifier = await classifier.state();
  stage.advance(train.count);
  stage.report(
    `epoch ${epoch + 1} of ${epochs}, lr ${lr}, loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(1)} %`,
  );
  await onEpoch();
  seconds.retrain += took + clock.lap();
  signal.throwIfAborted();
}

/** The learning rate of an epoch, counted from 0: multiplied by gamma at each step that has come. */
export function learningRate({ optimizer: { lr, steps, gamma } }: Config, epoch: number): number {
  const rate = steps.filter((step) => epoch >= step).reduce((rate) => rate * gamma, lr);
  return Number(rate.toPrecision(12)); // 0.05 * 0.2 is 0.010000000000000002
}

/** Seconds between two calls of `lap`. */
function stopwatch(): { lap(): number } {
  let last = performance.now();
  return {
    lap() {
      const now = performance.now();
      const seconds = (now - last) / 1000;
      last = now;
      return seconds;
    },
  };
}
