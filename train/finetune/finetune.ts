import { loadState } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import { openBank } from "../features/bank/open.ts";
import { Extractor, plainPass } from "../features/extractor.ts";
import { HeadLogits } from "../features/head_logits.ts";
import { checkTrainingImages } from "../setup/set_up.ts";
import type { Setup } from "../setup/setup.ts";
import { fit, type Listeners } from "../trainer/fit.ts";
import { batchPartsOf, evaluateBefore, type Outcome } from "../trainer/outcome.ts";
import { stopwatch, type Work } from "../saved/work.ts";
import { featureTrainer } from "./feature_method.ts";
import { featureSource, statisticsIn } from "./feature_source.ts";
import { judged } from "./judged.ts";
import { finetunePieces, testPassName } from "./pieces.ts";
import { asTraining } from "./training.ts";

/**
 * Evaluates the stage-1 model, where it has a classifier for these classes, re-trains its classifier on features of the
 * frozen backbone, and evaluates again.
 *
 * With a frozen backbone the features of an augmented view are computed once: training cycles through the stored
 * views, or computes a new view every epoch (`views: fresh`).
 *
 * @param work Filled on the way, so that a caller can keep it when the run is stopped; training begins where it stands.
 * @throws {RangeError} when a class has no training images.
 * @throws {Interrupted} when the signal is aborted, at a point where `work` is whole.
 * @throws {NonFiniteError} when a loss, a weight or a feature is NaN or infinite.
 */
export async function finetune(
  setup: Setup,
  config: Config,
  work: Work,
  { progress, signal, onEpoch }: Listeners,
): Promise<Outcome> {
  const { dataset: { test }, statistics, stage1 } = setup;
  checkTrainingImages(setup, config);
  progress.plan(finetunePieces(setup, config, work));
  const training = asTraining(config);
  using extractor = new Extractor(setup, config, progress, signal);
  await using bank = openBank({ setup, config, extractor, progress, signal });
  using trainer = featureTrainer(setup, training);
  using head = new HeadLogits(setup, trainer.head);
  const clock = stopwatch();

  loadState([statistics], stage1);
  work.testFeatures ??= await bank.rows(test, { ...plainPass, name: testPassName(setup) });
  if (setup.initialized.length === 0 && work.before === null) {
    trainer.load(trainer.fresh(stage1));
    work.before = await head.of(work.testFeatures);
  }
  const before = evaluateBefore(work.before, setup, progress);
  work.seconds.evaluate += clock.lap();
  signal.throwIfAborted();

  loadState([statistics], statisticsIn(work, setup) ?? stage1);
  const source = await featureSource({ setup, config, work, bank, signal });
  await fit({ setup, config: training, work, trainer, source, progress, signal, onEpoch, name: "re-train" });

  clock.lap();
  const found = judged({ before: work.before, after: await scoresNow() }, setup, config, work);
  work.seconds.evaluate += clock.lap();
  return {
    before,
    ...found,
    throughput: extractor.throughput,
    batchParts: batchPartsOf(trainer),
  };

  /** Logits of the re-trained model; with updated statistics the test images have other features than in stage 1. */
  async function scoresNow(): Promise<Float32Array> {
    if (config.statistics === "frozen") return await head.of(work.testFeatures!);
    trainer.release();
    const collected = head.collect(test.count);
    await extractor.extract(test, { ...plainPass, name: "evaluate re-trained" }, collected);
    return collected.values;
  }
}
