import { Loader } from "../../data/mod.ts";
import { tellChance } from "../results/chance.ts";
import { mebibytes } from "../../engine/mod.ts";
import { evaluateScores, type Evaluation } from "../results/evaluation.ts";
import { Extractor } from "../features/extractor.ts";
import type { Listeners } from "../finetune/retrain.ts";
import { HeadLogits } from "../features/head_logits.ts";
import { tellBroken } from "../terminal/progress.ts";
import type { TrainEpochRow, TrainSummary } from "../results/records.ts";
import { checkTrainingImages } from "../setup/set_up.ts";
import type { Setup } from "../setup/setup.ts";
import { startOf } from "../setup/start.ts";
import { trainEpoch, type Training } from "./epoch.ts";
import { Trainer } from "./trainer.ts";
import type { TrainConfig } from "../config/train.ts";
import type { TrainWork } from "./work_of_training.ts";
import { stopwatch } from "../work/work.ts";

/** What training ends with. */
export interface TrainOutcome {
  /** The checkpoint that it began with; null from scratch, and where a part of it was drawn. */
  before: Evaluation | null;
  after: Evaluation;
  throughput: TrainSummary["throughput"];
  batchParts: TrainSummary["batchParts"];
}

/**
 * Trains a whole network, or its classifier alone, on new views of the images every epoch, and evaluates it.
 *
 * @param work Filled on the way, so that a caller can keep it when the run is stopped; begins where it stands.
 * @throws {RangeError} when a class has no training images.
 * @throws {Interrupted} when the signal is aborted, at a point where `work` is whole.
 * @throws {NonFiniteError} when a loss or a weight is NaN or infinite; `work` is that of the last whole epoch.
 */
export async function train(
  setup: Setup,
  config: TrainConfig,
  work: TrainWork,
  listeners: Listeners,
): Promise<TrainOutcome> {
  const { dataset: { test }, stage1 } = setup;
  const { progress, signal } = listeners;
  checkTrainingImages(setup, config);
  using trainer = new Trainer(setup, config);
  const scoresOfTest = async (name: string) => {
    const clock = stopwatch();
    trainer.release(); // training and evaluation take turns at the memory
    using extractor = new Extractor(trainer.trained, config, progress, signal);
    using head = new HeadLogits(setup, trainer.head);
    const pass = { name, view: 0, augment: null, statistics: "frozen" } as const;
    const logits = head.collect(test.count);
    await extractor.extract(test, pass, logits);
    work.seconds.evaluate += clock.lap();
    return logits.values;
  };

  // A checkpoint of which a part was drawn is no classifier of these classes.
  if (setup.drawn.length === 0 && work.before === null) {
    trainer.load(trainer.fresh(stage1));
    work.before = await scoresOfTest("evaluate the checkpoint");
    tellChance(evaluateScores(work.before, setup), setup, progress);
    signal.throwIfAborted();
  }
  const throughput = await trainEpochs(trainer, { setup, config, work, ...listeners }, async (last) => {
    const { metrics } = evaluateScores(await scoresOfTest(`evaluate epoch ${last.epoch}`), setup);
    last.test = metrics;
    return `epoch ${last.epoch}: H-mean ${metrics.hmean.toFixed(2)}, lowest ${metrics.lowest}`;
  });
  const after = evaluateScores(await scoresOfTest("evaluate"), setup);
  const last = work.epochs.at(-1);
  if (last) last.test = after.metrics;
  const batchParts = { count: trainer.parts.length, images: Math.max(...trainer.parts) };
  return { before: work.before && evaluateScores(work.before, setup), after, throughput, batchParts };
}

/** What the epochs of a training run work on. */
export interface Epochs extends Listeners {
  setup: Setup;
  config: TrainConfig;
  /** Filled on the way; begins where it stands. */
  work: TrainWork;
}

/**
 * All epochs that are still to do, on new views of the images.
 *
 * @param evaluate Evaluates the test set on the way, after the epochs that the config names; returns what to tell.
 * @param name What the stage is called.
 * @throws {Interrupted} when the signal is aborted, at a point where the work is whole.
 * @throws {NonFiniteError} when a loss or a weight is NaN or infinite; the work is that of the last whole epoch.
 */
export async function trainEpochs(
  trainer: Trainer,
  { setup, config, work, progress, signal, onEpoch }: Epochs,
  evaluate: (last: TrainEpochRow) => Promise<string>,
  name = "train",
): Promise<TrainSummary["throughput"]> {
  const { parts } = trainer;
  if (parts.length > 1 && config.epochs > 0) progress.line(partsWords(parts, config, setup));
  work.state ??= trainer.fresh(startOf(setup, config));
  trainer.load(work.state);
  const { batch, workers, seed, data: { augment }, epochs, evaluateEvery } = config;
  const onBroken = tellBroken(progress);
  using loader = new Loader(setup.train, { batch, workers, augment, seed, onBroken, signal });
  const images = (epochs - work.epochs.length) * setup.train.count - work.step * batch;
  const stage = progress.stage(name, images, { waited: () => loader.waitedMs });
  const training: Training = { setup, config, work, trainer, loader, stage, signal };
  const secondsBefore = work.seconds.train;
  for (;;) {
    const last = work.epochs.at(-1);
    const done = work.epochs.length === epochs;
    const due = !done && evaluateEvery !== null && last && !last.test && last.epoch % evaluateEvery === 0;
    if (due) stage.report(await evaluate(last));
    signal.throwIfAborted();
    if (done) break;
    await trainEpoch(training);
    await onEpoch();
  }
  if (stage.done > 0) stage.end();
  const seconds = work.seconds.train - secondsBefore;
  return {
    trainImagesPerSecond: seconds && stage.done / seconds,
    dataWaitShare: seconds && loader.waitedMs / 1000 / seconds,
  };
}

/** What there is to tell of batches that are taken in parts. */
function partsWords(parts: readonly number[], { statistics, microBatch }: TrainConfig, setup: Setup): string {
  const sizes = [...new Set(parts)].join(" or ");
  const budget = mebibytes(setup.device.memory.budget);
  const why = microBatch === "auto"
    ? `as many as the device holds by a budget of ${budget}`
    : "as microBatch has it";
  const norms = statistics === "frozen" ? "" : "; batch norms go by the images of a part";
  const images = parts.reduce((a, b) => a + b);
  return `Batches of ${images} are taken in ${parts.length} parts of ${sizes} images, ${why}; losses and steps are those ` +
    `of the whole batch${norms}`;
}
