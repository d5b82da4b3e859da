import { digestOf, type ImageSet } from "../../data/mod.ts";
import { loadState } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { Member } from "../decision/decide.ts";
import { openBank } from "../features/bank/open.ts";
import { Extractor } from "../features/extractor.ts";
import { passesOf } from "../features/pass.ts";
import { HeadLogits } from "../features/head_logits.ts";
import { keptLogits } from "../features/scores.ts";
import { checkChoosing, costMatrix, runRule } from "../predict/rule.ts";
import { lookFor } from "../progress/stopping.ts";
import { checkTrainingImages } from "../setup/set_up.ts";
import type { Setup } from "../setup/setup.ts";
import { fit, type Listeners } from "../trainer/fit.ts";
import { batchPartsOf, evaluateBefore, type Outcome } from "../trainer/outcome.ts";
import { stopwatch, type Work } from "../saved/work.ts";
import { featureTrainer } from "./feature_method.ts";
import { featureSource, statisticsIn, storeLooks } from "./feature_source.ts";
import { checkAdjust, judged } from "./judged.ts";
import { measureMoreLabels } from "./more_labels.ts";
import { AFTER, finetunePieces, testPassName } from "./pieces.ts";
import { asTraining } from "./training.ts";

/**
 * Evaluates the stage-1 model, where it has a classifier for these classes, re-trains its classifier on features of the
 * frozen backbone, and evaluates again.
 *
 * With a frozen backbone the features of an augmented view are computed once: training cycles through the stored
 * views, or computes a new view every epoch (`views: fresh`).
 *
 * @param work Filled on the way, so that a caller can keep it when the run is stopped; training begins where it stands.
 * @throws {RangeError} when a class has no training images, a model is to be kept that the run does not have, or there is
 * nothing to choose an adjustment by.
 * @throws {Interrupted} when the signal is aborted, at a point where `work` is whole.
 * @throws {NonFiniteError} when a loss, a weight or a feature is NaN or infinite.
 */
export async function finetune(
  setup: Setup,
  config: Config,
  work: Work,
  { progress, signal, onEpoch, saving }: Listeners,
): Promise<Outcome> {
  const { dataset: { test }, statistics, stage1 } = setup;
  checkTrainingImages(setup, config);
  checkKept(setup, config);
  checkAdjust(config);
  checkChoosing(setup, config);
  const costs = await costMatrix(config.costs, setup.dataset.classNames);
  progress.plan(finetunePieces(setup, config, work));
  const training = asTraining(config);
  using extractor = new Extractor(setup, config, progress, signal);
  await using bank = openBank({ setup, config, extractor, progress, signal, work, saving });
  using trainer = featureTrainer(setup, training);
  using head = new HeadLogits(setup, trainer.head);
  const clock = stopwatch();
  const check = lookFor(signal);

  loadState([statistics], stage1);
  await storeLooks(test, passesOf(config.tta, testPassName(setup)), work, bank, saving);
  if (setup.initialized.length === 0 && work.before === null) {
    trainer.load(trainer.fresh(stage1));
    work.before = joined(await testLogits());
  }
  const members = { before: work.before && looksIn(work.before, work.testFeatures.length) };
  const before = evaluateBefore(members.before, setup, progress, costs, check);
  work.seconds.evaluate += clock.lap();
  signal.throwIfAborted();

  loadState([statistics], statisticsIn(work, setup) ?? stage1);
  const source = await featureSource({ setup, config, work, bank, signal, saving });
  const heard = { progress, signal, onEpoch, saving };
  await fit({ setup, config: training, work, trainer, source, ...heard, name: "re-train" });
  work.part = null; // the view of the last epoch

  clock.lap();
  const isFrozen = config.statistics === "frozen";
  if (!isFrozen) trainer.release();
  const after = isFrozen ? membersOf(await testLogits()) : await lookAt(test, AFTER);
  const rule = await runRule(setup, config, lookAt, check);
  const found = judged({ ...members, after }, rule, setup, config, work, check);
  const moreLabels = await measureMoreLabels({
    ...{ setup, config, training, progress, signal, rule: found.rule, work, saving },
    train: { views: work.views, labels: setup.train.labels },
    looks: work.testFeatures,
    predictions: found.after.predictions,
  });
  work.seconds.evaluate += clock.lap();
  return {
    before,
    ...found,
    moreLabels,
    throughput: extractor.throughput,
    batchParts: batchPartsOf(trainer),
  };

  /** Plain logits of the test images by the stored features, for each look. */
  async function testLogits(): Promise<Float32Array[]> {
    const all: Float32Array[] = [];
    for (const rows of work.testFeatures) all.push(await head.of(rows, check));
    return all;
  }

  /** Plain logits of images by the running statistics of now, for each look. */
  async function lookAt(set: ImageSet, name: string): Promise<Member[]> {
    const all: Float32Array[] = [];
    // The mark of the work tells of the test images alone.
    const images = set === test ? "" : ` ${digestOf(set)}`;
    for (const pass of passesOf(config.tta, name)) {
      all.push(await keptLogits({ extractor, head, work, saving }, set, pass, pass.name + images));
    }
    return membersOf(all);
  }
}

const membersOf = (looks: readonly Float32Array[]): Member[] => looks.map((logits) => ({ logits }));

/** Logits of all looks, one after another. */
function joined(looks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(looks.reduce((sum, { length }) => sum + length, 0));
  looks.forEach((logits, i) => all.set(logits, i * logits.length));
  return all;
}

/** Logits of all looks as the members of one model. */
function looksIn(logits: Float32Array, looks: number): Member[] {
  const size = logits.length / looks;
  return Array.from({ length: looks }, (_, i) => ({ logits: logits.subarray(i * size, (i + 1) * size) }));
}

/** @throws {RangeError} when the run is to keep a model that takes a classifier of stage 1, which stage 1 does not have. */
function checkKept({ initialized }: Setup, { keep }: Config): void {
  if (keep === "after" || initialized.length === 0) return;
  throw new RangeError(
    `Cannot keep the model ${keep}: it takes a stage 1 with a classifier of these classes, current one lacks ` +
      `${initialized.join(", ")}: set keep: after`,
  );
}
