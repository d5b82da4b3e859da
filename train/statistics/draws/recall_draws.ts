import type { ClassCounts } from "./beta_binomial.ts";
import { sumOf } from "./common_recall.ts";
import type { Random } from "./random.ts";
import { recallPriors } from "./recall_prior.ts";

/** Draws of the true recalls of all classes: `[draws, classes]`, row by row, as fractions. */
export interface RecallDraws {
  recalls: Float64Array;
  draws: number;
  classes: number;
}

/** Draws that intervals are made from. */
export const DRAWS = 1000;

/**
 * Draws the true recalls of all classes that fit a model's counts on the test images.
 *
 * Each draw takes a spread of recalls among those that the images allow, and then the recall of every class from
 * `Beta(a + k, b + n - k)`, k of n images right: a class with few images leans on the other classes. In some draws,
 * as many as the images allow, all classes have one recall.
 *
 * @param check Called before each draw.
 */
export function recallDraws(
  counts: ClassCounts,
  random: Random,
  draws = DRAWS,
  check: () => void = () => {},
): RecallDraws {
  const classes = counts.images.length;
  const recalls = new Float64Array(draws * classes);
  const [right, images] = [counts.right, counts.images].map(sumOf);
  let at = 0;
  for (const { a, b, partOf, chanceOfCommon } of recallPriors(counts, draws, random, check)) {
    check();
    if (random.uniform() < chanceOfCommon) {
      recalls.fill(random.beta(right + 1, images - right + 1), at, at + classes);
      at += classes;
      continue;
    }
    for (let c = 0; c < classes; c++) {
      const part = partOf(c, random.uniform());
      const k = counts.right[c];
      recalls[at++] = random.beta(a[part] + k, b[part] + counts.images[c] - k);
    }
  }
  return { recalls, draws, classes };
}

/** Draws for some of the classes as draws for all, 0 for the others. @param labels Labels of the classes that have draws. */
export function amongAll(
  { recalls, draws, classes: some }: RecallDraws,
  labels: readonly number[],
  classes: number,
): RecallDraws {
  if (some === classes) return { recalls, draws, classes };
  const all = new Float64Array(draws * classes);
  for (let d = 0; d < draws; d++) {
    labels.forEach((label, i) => all[d * classes + label] = recalls[d * some + i]);
  }
  return { recalls: all, draws, classes };
}
