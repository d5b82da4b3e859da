import type { TrainConfig } from "../config/schema/train.ts";
import { plainRule } from "../decision/decide.ts";
import { Extractor } from "../features/extractor.ts";
import { plainPass } from "../features/pass.ts";
import { HeadLogits } from "../features/head_logits.ts";
import { keptLogits, passLogits } from "../features/scores.ts";
import { tellUndertrained } from "../results/learning.ts";
import { evaluateScores } from "../results/evaluation.ts";
import { saveAtEnd } from "../progress/saving.ts";
import { lookFor } from "../progress/stopping.ts";
import { checkTrainingImages } from "../setup/set_up.ts";
import type { Setup } from "../setup/setup.ts";
import { stopwatch, type Work } from "../saved/work.ts";
import { fit, type Listeners } from "./fit.ts";
import { trainPieces } from "./pieces.ts";
import { imageTrainer } from "./method_of.ts";
import { batchPartsOf, evaluateBefore, type Outcome } from "./outcome.ts";
import { imageSource } from "./source.ts";

/**
 * Trains a whole network, or its classifier alone, on new views of the images every epoch, and evaluates it.
 *
 * @param work Filled on the way, so that a caller can keep it when the run is stopped; training begins where it stands.
 * @throws {RangeError} when a class has no training images.
 * @throws {Interrupted} when the signal is aborted, at a point where `work` is whole.
 * @throws {NonFiniteError} when a loss or a weight is NaN or infinite; `work` stays at the last whole epoch.
 */
export async function train(
  setup: Setup,
  config: TrainConfig,
  work: Work,
  { progress, signal, onEpoch, saving }: Listeners,
): Promise<Outcome> {
  const { dataset: { test }, stage1 } = setup;
  checkTrainingImages(setup, config);
  progress.plan(trainPieces(setup, config, work));
  using trainer = imageTrainer(setup, config, setup.team?.share);
  using source = imageSource(setup, config, progress, signal);
  const scoresOfTest = async (name: string, logitsOf = keptLogits) => {
    const clock = stopwatch();
    trainer.release(); // training and evaluation take turns at the memory
    using extractor = new Extractor({ ...setup, backbone: trainer.backbone }, config, progress, signal);
    using head = new HeadLogits(setup, trainer.head);
    const logits = await logitsOf({ extractor, head, work, saving }, test, { ...plainPass, name });
    work.seconds.evaluate += clock.lap();
    return logits;
  };
  // Its logits are not needed once its metrics are known.
  const onTheWay: typeof keptLogits = async (...pass) => (await passLogits(...pass)).values;

  // A checkpoint with an initialised part is no classifier of these classes.
  if (setup.initialized.length === 0 && work.before === null) {
    trainer.load(trainer.fresh(stage1));
    work.before = await scoresOfTest("evaluate the checkpoint", onTheWay);
    work.part = null;
    evaluateBefore([{ logits: work.before }], setup, progress, null, lookFor(signal));
    saveAtEnd(saving);
    signal.throwIfAborted();
  }
  const run = { setup, config, work, trainer, source, progress, signal, onEpoch, saving, name: "train" };
  const { perSecond: trainImagesPerSecond, dataWaitShare } = await fit({
    ...run,
    async evaluate(last) {
      const { metrics } = evaluateScores(await scoresOfTest(`evaluate epoch ${last.epoch}`, onTheWay), setup);
      last.test = metrics;
      work.part = null;
      return `epoch ${last.epoch}: H-mean ${metrics.hmean.toFixed(2)}, lowest ${metrics.lowest}`;
    },
  });
  if (config.train === "all" && work.before === null) tellUndertrained(work.epochs, config, setup, progress);
  const logits = await scoresOfTest("evaluate");
  const after = evaluateScores(logits, setup);
  const last = work.epochs.at(-1);
  if (last) last.test = after.metrics;
  return {
    before: work.before && evaluateScores(work.before, setup),
    after,
    ensemble: null,
    members: { before: work.before && [{ logits: work.before }], after: [{ logits }] },
    rule: plainRule,
    chosen: null,
    moreLabels: null,
    throughput: { trainImagesPerSecond, dataWaitShare },
    batchParts: batchPartsOf(trainer),
  };
}
