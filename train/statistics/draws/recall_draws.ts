import type { Random } from "./random.ts";
import { type ClassCounts, recallPriors } from "./recall_prior.ts";

/** Draws of the true recalls of all classes: `[draws, classes]`, row by row, as fractions. */
export interface RecallDraws {
  recalls: Float64Array;
  draws: number;
  classes: number;
}

/** Draws that intervals are made from. */
export const DRAWS = 2000;

/**
 * Draws the true recalls of all classes that fit a model's counts on the test images.
 *
 * Each draw takes a spread of recalls among those that the images allow, and then the recall of every class from
 * `Beta(a + k, b + n - k)`, k of n images right: a class with few images leans on the other classes.
 */
export function recallDraws(counts: ClassCounts, random: Random, draws = DRAWS): RecallDraws {
  const classes = counts.images.length;
  const recalls = new Float64Array(draws * classes);
  let at = 0;
  for (const { a, b, chanceOfFirst } of recallPriors(counts, draws, random)) {
    for (let c = 0; c < classes; c++) {
      const part = random.uniform() < chanceOfFirst(c) ? 0 : 1;
      const right = counts.right[c];
      recalls[at++] = random.beta(a[part] + right, b[part] + counts.images[c] - right);
    }
  }
  return { recalls, draws, classes };
}
