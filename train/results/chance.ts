import type { Evaluation } from "./evaluation.ts";
import { classRecalls } from "./metrics.ts";
import type { Progress } from "../progress/progress.ts";
import type { Setup } from "../setup/setup.ts";

/** Least number of classes: with fewer classes a poor model looks like guessing. */
const LEAST_CLASSES = 10;

/** A model counts as guessing up to this many times the mean recall of guessing. */
const NEAR_CHANCE = 1.5;

/**
 * Writes a warning about a model that does no better than guessing, as does a good model whose classes stand in another
 * order.
 *
 * @returns A line, or null where the model does better, or there are too few classes.
 */
export function chanceWarning(
  { metrics, predictions }: Evaluation,
  { dataset: { test }, counts }: Pick<Setup, "dataset" | "counts">,
): string | null {
  const chance = 100 / counts.length;
  if (counts.length < LEAST_CLASSES || metrics.mean > NEAR_CHANCE * chance) return null;
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

/** Prints the warning for the checkpoint of a run, unless the order of its classes is known to be the run's. */
export function tellChance(evaluation: Evaluation, setup: Setup, progress: Progress): void {
  const warning = setup.sameOrder ? null : chanceWarning(evaluation, setup);
  if (warning !== null) progress.line(warning);
}
