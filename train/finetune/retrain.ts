import type { FeaturesConfig } from "../config/schema/features.ts";
import type { FeatureSetup } from "../feature_files/set_up.ts";
import { costMatrix, ruleBy } from "../predict/rule.ts";
import { HeadLogits } from "../features/head_logits.ts";
import { COST } from "../progress/plan.ts";
import { lookFor } from "../progress/stopping.ts";
import { stopwatch, type Work } from "../saved/work.ts";
import { fit, type Listeners } from "../trainer/fit.ts";
import { batchPartsOf, evaluateBefore, type Outcome } from "../trainer/outcome.ts";
import { featureTrainer } from "./feature_method.ts";
import { rowsSource } from "./feature_source.ts";
import { checkAdjust, judged } from "./judged.ts";
import { asTraining } from "./training.ts";

/**
 * Evaluates a classifier on given features, where the run has a classifier to begin with, re-trains it, and evaluates
 * again. Of several views of the training images the epochs take one after the other in turn.
 *
 * @param work Filled on the way, so that a caller can keep it when the run is stopped; training begins where it stands.
 * @throws {RangeError} when two models are to be averaged of which an adjustment moves one, or costs are not those of the
 * classes.
 * @throws {Interrupted} when the signal is aborted, at a point where `work` is whole.
 * @throws {NonFiniteError} when a loss or a weight is NaN or infinite.
 */
export async function retrain(
  setup: FeatureSetup,
  config: FeaturesConfig,
  work: Work,
  { progress, signal, onEpoch, saving }: Listeners,
): Promise<Outcome> {
  const { dataset: { test: { views: [testRows] }, classNames }, train, validation, initialized, stage1 } =
    setup;
  checkAdjust(config);
  const costs = await costMatrix(config.costs, classNames);
  const total = (config.epochs - work.epochs.length) * train.count - work.step * config.batch;
  progress.plan(total > 0 ? [{ name: "re-train", total, unit: "samples", cost: COST.features }] : []);
  const training = asTraining({ ...config, statistics: "frozen" });
  using trainer = featureTrainer(setup, training);
  using head = new HeadLogits(setup, trainer.head);
  const clock = stopwatch();
  const check = lookFor(signal);

  if (initialized.length === 0 && work.before === null) {
    trainer.load(trainer.fresh(stage1));
    work.before = await head.of(testRows, check);
  }
  const before = evaluateBefore(work.before && [{ logits: work.before }], setup, progress, costs, check);
  work.seconds.evaluate += clock.lap();
  signal.throwIfAborted();

  const source = rowsSource(train.views, train.labels, config.batch);
  const run = { setup, config: training, work, trainer, source, progress, signal, onEpoch, saving };
  const { perSecond: trainImagesPerSecond } = await fit({ ...run, name: "re-train" });

  clock.lap();
  const members = {
    before: work.before && [{ logits: work.before }],
    after: [{ logits: await head.of(testRows, check) }],
  };
  const rule = await ruleBy(setup, config, async () => {
    const { rows, labels } = validation!; // without them t: auto is refused when they are read
    return { members: [{ logits: await head.of(rows, check) }], labels };
  }, check);
  const found = judged(members, rule, setup, config, work, check);
  work.seconds.evaluate += clock.lap();
  return {
    before,
    ...found,
    moreLabels: null,
    throughput: { trainImagesPerSecond, dataWaitShare: 0 },
    batchParts: batchPartsOf(trainer),
  };
}
