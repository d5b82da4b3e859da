import { loadState, type Parameters } from "../../engine/mod.ts";
import { openBank } from "../features/bank/open.ts";
import { tellChance } from "../results/chance.ts";
import { Classifier } from "./classifier.ts";
import type { Config } from "../config/load.ts";
import { evaluateScores, type Evaluation } from "../results/evaluation.ts";
import { Extractor, plainPass } from "../features/extractor.ts";
import { ensembleProbabilities } from "../results/predict.ts";
import type { Summary } from "../results/records.ts";
import { type Listeners, retrain } from "./retrain.ts";
import { checkTrainingImages } from "../setup/set_up.ts";
import type { Setup } from "../setup/setup.ts";
import { stopwatch, type Work } from "../work/work.ts";

/** What fine-tuning ends with. */
export interface Outcome {
  /** The model as it came; null where its classifier was drawn. */
  before: Evaluation | null;
  after: Evaluation;
  ensemble: Evaluation | null;
  /** Plain logits [test images, classes] of both models. */
  logits: { old: Float32Array | null; new: Float32Array };
  throughput: Summary["throughput"];
}

/**
 * Evaluates the stage-1 model, where it has a classifier for these classes, re-trains its classifier on features of the frozen backbone, and evaluates again.
 *
 * With a frozen backbone the features of an augmented view are computed once: training cycles through the stored
 * views, or computes a new one every epoch (`views: fresh`).
 *
 * @param work Filled on the way, so that a caller can keep it when the run is stopped; begins where it stands.
 * @throws {RangeError} when a class has no training images.
 * @throws {Interrupted} when the signal is aborted, at a point where `work` is whole.
 * @throws {NonFiniteError} when a loss, a weight or a feature is NaN or infinite.
 */
export async function finetune(
  setup: Setup,
  config: Config,
  work: Work,
  listeners: Listeners,
): Promise<Outcome> {
  const { dataset: { test }, network: { classes }, statistics, stage1 } = setup;
  checkTrainingImages(setup, config);
  using extractor = new Extractor(setup, config, listeners.progress, listeners.signal);
  await using bank = openBank({ setup, config, extractor, ...listeners });
  using classifier = new Classifier(setup, config);
  const clock = stopwatch();

  loadState([statistics], stage1);
  const name = setup.drawn.length > 0 ? "test images" : "evaluate stage 1";
  work.testFeatures ??= await bank.rows(test, { ...plainPass, name });
  classifier.load(stage1);
  const oldLogits = setup.drawn.length > 0 ? null : await classifier.logits.of(work.testFeatures);
  const before = oldLogits && evaluateScores(oldLogits, setup);
  if (before) tellChance(before, setup, listeners.progress);
  work.seconds.evaluate += clock.lap();
  listeners.signal.throwIfAborted();

  if (work.statistics) restore(statistics, work.statistics);
  const { progress, signal, onEpoch } = listeners; // alone: a caller's object may hold a setup of its own
  await retrain({ setup, config, work, bank, classifier, progress, signal, onEpoch });

  clock.lap();
  const newLogits = config.statistics === "frozen"
    ? await classifier.logits.of(work.testFeatures)
    : await logitsOf(setup, { extractor, classifier }, "evaluate re-trained");
  const after = evaluateScores(newLogits, setup);
  const t = config.ensemble;
  const ensemble = t && oldLogits && evaluateScores(
    ensembleProbabilities(newLogits, oldLogits, classes, t.temperatureNew, t.temperatureOld),
    setup,
  );
  work.seconds.evaluate += clock.lap();
  const logits = { old: oldLogits, new: newLogits };
  return { before, after, ensemble, logits, throughput: extractor.throughput };
}

/** The plain logits [test images, classes] of the test images by the network as it is now. @param name For progress. */
export async function logitsOf(
  { dataset: { test } }: Setup,
  { extractor, classifier }: { extractor: Extractor; classifier: Classifier },
  name: string,
): Promise<Float32Array> {
  const logits = classifier.logits.collect(test.count);
  await extractor.extract(test, { ...plainPass, name }, logits);
  return logits.values;
}

/** Writes the values of all of a store's tensors. */
export function restore(store: Parameters, values: readonly Float32Array[]): void {
  store.tensors.forEach((tensor, i) => store.write(tensor, values[i]));
}
