import { plural } from "../progress/count.ts";
import { hash32, LegacyRandom } from "../../data/mod.ts";
import type { Config } from "../config/load.ts";
import type { StepConfig } from "../config/schema/train.ts";
import { callsOf } from "../decision/blocks.ts";
import type { Rule } from "../decision/decide.ts";
import { MemoryRows } from "../features/memory.ts";
import type { FeatureRows } from "../features/rows.ts";
import { saveAtEnd } from "../progress/saving.ts";
import { lookFor } from "../progress/stopping.ts";
import type { Work } from "../saved/work.ts";
import type { ClassifierSetup, Samples } from "../setup/setup.ts";
import { LEAST_IMAGES } from "../statistics/model.ts";
import type { Listeners } from "../trainer/fit.ts";
import { type MoreLabels, moreLabelsOf, type Trial } from "../verdict/more_labels.ts";
import { joinRows, type LabelledRows, trainOn } from "./more_rows.ts";

/** Trials, each with other test images. */
const TRIALS = 3;

/** Makes these draws other ones than those of the same seed elsewhere. */
const PURPOSE = 0x1abe15;

/** Number of trials of a run: none where a class would keep too few test images to judge by. */
export function trialsOf({ moreLabels }: Pick<Config, "moreLabels">, test: Samples): number {
  if (moreLabels === 0) return 0;
  return test.classCounts().every((count) => count >= moreLabels + LEAST_IMAGES) ? TRIALS : 0;
}

/** Name of a trial in progress messages. @param trial From 0. */
export function trialName(moreLabels: number, trial: number): string {
  return `${plural(moreLabels, "more label")}, trial ${trial + 1} of ${TRIALS}`;
}

/** The parts of a run that trials go by. */
export interface TrialRun extends Pick<Listeners, "progress" | "signal" | "saving"> {
  /** Keeps the trials that are done. */
  work: Pick<Work, "passes">;
  setup: ClassifierSetup;
  config: Pick<Config, "moreLabels" | "seed">;
  training: StepConfig;
  /** Stored views of the training images. */
  train: LabelledRows;
  /** Features of the test images, for each look at them. */
  looks: readonly FeatureRows[];
  rule: Rule;
  /** Predicted class of every test image by the re-trained model. */
  predictions: Uint32Array;
}

/**
 * Measures what further labelled images of every class bring the re-trained classifier. The backbone knows the training
 * images, so that shares of them tell nothing of new ones: each trial lends test images to the training and compares both
 * models on the others. The models of the trials are thrown away.
 *
 * @returns null where the config does not ask for it. @throws {Interrupted} when the signal is aborted.
 */
export async function measureMoreLabels(run: TrialRun): Promise<MoreLabels | null> {
  const { setup, config: { moreLabels, seed }, training: config, train, looks, rule, predictions } = run;
  const { progress, signal, work, saving } = run;
  if (moreLabels === 0) return null;
  const { dataset: { test }, network: { classes } } = setup;
  const trials: Trial[] = [];
  for (let trial = 0; trial < trialsOf(run.config, test); trial++) {
    const { lent, rest } = lend(test.labels, classes, moreLabels, hash32(PURPOSE, seed, trial));
    const name = trialName(moreLabels, trial);
    const kept = work.passes.get(name);
    const after = kept?.count === test.count ? Uint32Array.from(kept.values) : await predicted(name, lent);
    if (!kept) {
      work.passes.set(name, new MemoryRows(1, Float32Array.from(after)));
      saveAtEnd(saving);
    }
    trials.push({ labels: of(test.labels, rest), before: of(predictions, rest), after: of(after, rest) });
  }
  return moreLabelsOf(trials, moreLabels, classes, seed, undefined, lookFor(signal));

  /** Predicted class of every test image by a classifier that learned of those that were lent, too. */
  async function predicted(name: string, lent: Uint32Array): Promise<Uint32Array> {
    const rows = {
      views: train.views.map((view) => joinRows(view, looks[0], lent)),
      labels: Uint32Array.of(...train.labels, ...of(test.labels, lent)),
    };
    const { members, counts } = await trainOn(rows, looks, { setup, progress, signal, config, name });
    return callsOf(members, classes, { ...rule, counts }, lookFor(signal));
  }
}

const of = (values: Uint32Array, places: Uint32Array) => Uint32Array.from(places, (place) => values[place]);

/** Draws so many test images of every class. @returns their places, and those of the others, ascending. */
export function lend(
  labels: Uint32Array,
  classes: number,
  images: number,
  seed: number,
): { lent: Uint32Array; rest: Uint32Array } {
  const order = Uint32Array.from(labels.keys());
  new LegacyRandom(seed).shuffle(order);
  const taken = new Uint32Array(classes);
  const isLent = new Set(order.filter((place) => taken[labels[place]]++ < images));
  const where = (is: boolean) => Uint32Array.from(labels.keys().filter((place) => isLent.has(place) === is));
  return { lent: where(true), rest: where(false) };
}
