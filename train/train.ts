import { Loader } from "../data/mod.ts";
import { evaluateScores, type Evaluation } from "./evaluation.ts";
import { Extractor } from "./extractor.ts";
import type { Listeners } from "./finetune.ts";
import { HeadLogits } from "./head_logits.ts";
import type { TrainSummary } from "./records.ts";
import { checkTrainingImages, type Setup } from "./setup.ts";
import { trainEpoch, type Training } from "./train_epoch.ts";
import { Trainer } from "./trainer.ts";
import type { TrainConfig } from "./train_schema.ts";
import type { TrainWork } from "./train_work.ts";
import { stopwatch } from "./work.ts";

/** What training ends with. */
export interface TrainOutcome {
  /** The checkpoint that it began with; null from scratch. */
  before: Evaluation | null;
  after: Evaluation;
  throughput: TrainSummary["throughput"];
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
  const { progress, signal, onEpoch } = listeners;
  checkTrainingImages(setup, config);
  using trainer = new Trainer(setup, config);
  using extractor = new Extractor(trainer.trained, config, progress, signal);
  using head = new HeadLogits(setup, trainer.weights);
  const scoresOfTest = async (name: string) => {
    const clock = stopwatch();
    const pass = { name, view: 0, augment: null, statistics: "frozen" } as const;
    const scores = await head.of(await extractor.extract(test, pass));
    work.seconds.evaluate += clock.lap();
    return scores;
  };

  if (config.checkpoint !== null && work.before === null) {
    trainer.load(trainer.fresh(stage1));
    work.before = await scoresOfTest("evaluate the checkpoint");
    signal.throwIfAborted();
  }
  work.state ??= trainer.fresh(stage1);
  trainer.load(work.state);

  const { batch, workers, seed, data: { augment }, epochs, evaluateEvery } = config;
  using loader = new Loader(setup.train, { batch, workers, augment, seed });
  const images = (epochs - work.epochs.length) * setup.train.count - work.step * batch;
  const stage = progress.stage("train", images, { waited: () => loader.waitedMs });
  const training: Training = { setup, config, work, trainer, loader, stage, signal };
  const secondsBefore = work.seconds.train;
  for (;;) {
    const last = work.epochs.at(-1);
    const done = work.epochs.length === epochs;
    if (last && !last.test && !done && evaluateEvery !== null && last.epoch % evaluateEvery === 0) {
      const { metrics } = evaluateScores(await scoresOfTest(`evaluate epoch ${last.epoch}`), setup);
      last.test = metrics;
      stage.report(`epoch ${last.epoch}: H-mean ${metrics.hmean.toFixed(2)}, lowest ${metrics.lowest}`);
    }
    signal.throwIfAborted();
    if (done) break;
    await trainEpoch(training);
    await onEpoch();
  }
  stage.end();

  const seconds = work.seconds.train - secondsBefore;
  const after = evaluateScores(await scoresOfTest("evaluate"), setup);
  work.epochs.at(-1)!.test = after.metrics;
  return {
    before: work.before && evaluateScores(work.before, setup),
    after,
    throughput: {
      trainImagesPerSecond: seconds && stage.done / seconds,
      dataWaitShare: seconds && loader.waitedMs / 1000 / seconds,
    },
  };
}
