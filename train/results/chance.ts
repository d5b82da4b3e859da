import { plural } from "../progress/count.ts";
import { tailAbove } from "../statistics/binomial.ts";
import type { Evaluation } from "./evaluation.ts";
import { SIGNIFICANCE } from "./learning.ts";
import { classRecalls } from "./metrics.ts";
import type { Progress } from "../progress/progress.ts";
import type { ClassifierSetup } from "../setup/setup.ts";

/** The parts of a setup that the test of guessing reads. */
type Classes = Pick<ClassifierSetup, "dataset" | "counts">;

/**
 * Least number of classes for a second rule: with fewer classes a mean recall near chance may be a real, poor model's.
 * On a large test set even one class in its right place is beyond chance, although all others stand in another order.
 */
const LEAST_CLASSES = 10;

/** With that many classes a model also counts as guessing up to this many times the mean recall of guessing. */
const NEAR_CHANCE = 1.5;

/**
 * Tests whether a model may be guessing: naming classes as often as it does, but regardless of the image. One that
 * names the largest class for all images has the rate of that class.
 *
 * The hits are held against a binomial distribution, one-sided, at 1 %.
 */
export function mayGuess(
  { predictions }: Pick<Evaluation, "predictions">,
  { dataset: { test }, counts }: Classes,
): boolean {
  const { hits, rate } = agreement(predictions, test.labels, counts.length);
  return tailAbove(hits, predictions.length, rate) > SIGNIFICANCE;
}

/** Hits, and the share of hits that the same predictions would have if dealt out at random. */
function agreement(predictions: ArrayLike<number>, labels: ArrayLike<number>, classes: number) {
  const [named, there] = [new Float64Array(classes), new Float64Array(classes)];
  let hits = 0;
  for (let i = 0; i < labels.length; i++) {
    named[predictions[i]]++;
    there[labels[i]]++;
    hits += Number(predictions[i] === labels[i]);
  }
  const rate = named.reduce((sum, n, c) => sum + n * there[c], 0) / labels.length ** 2;
  return { hits, rate };
}

/**
 * Writes a warning about a model that does no better than guessing, as does a good model whose classes stand in another
 * order.
 *
 * @returns A line, or null where the model does better.
 */
export function chanceWarning(evaluation: Evaluation, setup: Classes): string | null {
  const { metrics, predictions } = evaluation;
  const { dataset: { test }, counts } = setup;
  const chance = 100 / counts.length;
  const near = counts.length >= LEAST_CLASSES && metrics.mean <= NEAR_CHANCE * chance;
  if (!near && !mayGuess(evaluation, setup)) return null;
  const bySize = Array.from(counts.keys()).toSorted((a, b) => counts[b] - counts[a]);
  const meanIf = (order: readonly number[]) => {
    const recalls = classRecalls(predictions.map((label) => order[label]), test.labels, counts.length)
      .filter((recall) => !Number.isNaN(recall)); // of classes without test images
    return 100 * recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  };
  const sorted = Math.max(meanIf(bySize), meanIf(bySize.toReversed()));
  const start = `Mean recall ${metrics.mean.toFixed(2)} of the checkpoint is about that of guessing among ` +
    `${counts.length} classes, ${chance.toFixed(2)}: `;
  return start +
    (sorted > 2 * NEAR_CHANCE * chance
      ? `if its classes are those of the run sorted by size it is ${
        sorted.toFixed(2)
      }, so they most likely stand in ` +
        "another order"
      : "it may be a model of other images, or its classes stand in another order; if you have the list it was " +
        "trained with, name it by checkpointList to have the order checked");
}

/**
 * Prints a warning about the model of a run if it does no better than guessing: another order of classes may be the
 * cause or, where the order is known to be the run's, that the model has not learned to tell these images apart.
 */
export function tellChance(evaluation: Evaluation, setup: ClassifierSetup, progress: Progress): void {
  if (!setup.sameOrder) {
    const warning = chanceWarning(evaluation, setup);
    if (warning !== null) progress.line(warning);
  } else if (mayGuess(evaluation, setup)) {
    const { hits, rate } = agreement(evaluation.predictions, setup.dataset.test.labels, setup.counts.length);
    const images = evaluation.predictions.length;
    progress.line(
      `The model that the run begins with may be guessing: it has ${hits} of ${
        plural(images, "test image")
      } right, and about ` +
        `${
          Math.round(rate * images)
        } would be right by chance; re-training its classifier cannot be relied on`,
    );
  }
}
