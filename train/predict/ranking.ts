import type { Predicted } from "./panel.ts";

/** A class and how likely it is. */
export interface ClassProbability {
  /** Name of the class. */
  name: string;
  /** 0 to 1. */
  probability: number;
}

/**
 * The likeliest classes of each image, most likely first; of equal ones the first.
 *
 * @param count Number of them; fewer where there are not as many classes.
 * @returns [samples], the labels and their probabilities.
 * @throws {RangeError} when a score is NaN or infinite.
 */
export function ranked(
  { samples, scores, probabilities }: Predicted,
  classNames: readonly string[],
  count: number,
): ClassProbability[][] {
  const classes = classNames.length;
  return Array.from(samples, (sample, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    const bad = row.findIndex((score: number) => !Number.isFinite(score));
    if (bad >= 0) {
      throw new RangeError(
        `Cannot predict: it takes finite scores, class ${bad} of image ${sample} has ${
          row[bad]
        }: the weights hold NaN or ` +
          "infinite values, or overflow",
      );
    }
    return bestOf(row, count).map((label) => ({
      name: classNames[label],
      probability: probabilities[i * classes + label],
    }));
  });
}

/** The labels of the largest scores, largest first. */
function bestOf(row: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  for (let label = 0; label < row.length; label++) {
    let at = best.length;
    while (at > 0 && row[label] > row[best[at - 1]]) at--;
    if (at >= count) continue;
    best.splice(at, 0, label);
    if (best.length > count) best.pop();
  }
  return best;
}
