import { cellsOf } from "./draws/bootstrap.ts";
import { f1Draws } from "./draws/f1_draws.ts";
import { type Interval, middle } from "./interval.ts";
import { macroF1 } from "./macro_f1.ts";
import { benjaminiHochberg, holm, mcnemar } from "./mcnemar.ts";
import { LEAST_IMAGES, meansOf } from "./model.ts";
import { pairedCounts, pairedDraws } from "./draws/paired_draws.ts";
import { randomOf } from "./draws/random.ts";
import { amongAll, DRAWS, type RecallDraws } from "./draws/recall_draws.ts";
import { RECALL_MEANS, recallMeans } from "./recall_means.ts";
import { pick, tallyOf, testedLabels } from "./tally.ts";

/** The numbers that two models are compared by, in the order of a table. */
export const MEASURES = ["accuracy", ...RECALL_MEANS, "macroF1"] as const;

/** Name of a number that two models are compared by. */
export type Measure = typeof MEASURES[number];

/** Which way a number went, if the test images carry it. */
export type Change = "rose" | "fell" | "within chance";

/** A number of two models, as fractions, and the 95 % interval of its difference, after minus before. */
export interface Difference extends Interval {
  before: number;
  after: number;
  /** Two-sided p-value, by Holm's method corrected for all numbers of the comparison. */
  p: number;
  /** By `p` at 0.05. */
  change: Change;
}

/** The recall of one class by two models, as fractions. */
export interface ClassChange {
  label: number;
  /** Test images. */
  images: number;
  /** Recalls by each model; NaN for a class without test images. */
  before: number;
  after: number;
  /** Images that the first model alone, or the second alone, has right. */
  lost: number;
  won: number;
  /** McNemar's exact p-value, by Benjamini's and Hochberg's method corrected for all classes. */
  p: number;
  /** By `p` at 0.05; "unknown" where there are fewer than 10 test images. */
  change: Change | "unknown";
}

/** Two models on the same test images. */
export interface Comparison {
  differences: Record<Measure, Difference>;
  classes: ClassChange[];
}

/**
 * Compares two models on the same test images. A class without test images counts in no number.
 *
 * Where the models differ by chance alone, a number or a class should be said to have risen in at most 1 case of 20,
 * over all numbers and classes of a comparison together (bench/results/coverage.md).
 *
 * Classes are corrected by Benjamini's and Hochberg's method rather than Holm's: where a run lists hundreds of
 * classes, a twentieth of them may be there by chance; where nothing changed, both protect alike.
 *
 * @param labels True class of every test image. @param before Predictions of the first model. @param after Those of
 * the second.
 * @param seed Seed of the draws that intervals are made from. @param draws Number of draws.
 * @param check Called before each draw; what it throws ends the work.
 */
export function compare(
  labels: ArrayLike<number>,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  classes: number,
  seed = 0,
  draws = DRAWS,
  check: () => void = () => {},
): Comparison {
  const tallies = [before, after].map((predictions) => tallyOf(labels, predictions, classes));
  const { images } = tallies[0];
  const counts = pairedCounts(labels, before, after, classes);
  const tested = testedLabels(images);
  const { both, lost, won, neither } = counts;
  const testedCounts = {
    ...{ both: pick(both, tested), lost: pick(lost, tested) },
    ...{ won: pick(won, tested), neither: pick(neither, tested) },
  };
  const random = randomOf(seed);
  const pair = pairedDraws(testedCounts, random, draws, check);
  const means = pair.map(meansOf);
  const accuracies = pair.map((draws) => accuraciesOf(draws, pick(images, tested)));
  const whole = pair.map((draws) => amongAll(draws, tested, classes));
  const [f1Before, f1After] = f1Draws(cellsOf(labels, [before, after]), whole, images, random, check);

  const observed = tallies.map(({ right }, model) => ({
    ...recallMeans(tested.map((c) => right[c] / images[c])),
    accuracy: right.reduce((a, b) => a + b, 0) / labels.length,
    macroF1: macroF1(labels, model ? after : before, images),
  }));
  const drawn = (measure: Measure): number[] => {
    if (measure === "macroF1") return Array.from(f1After, (value, d) => value - f1Before[d]);
    if (measure === "accuracy") return accuracies[1].map((value, d) => value - accuracies[0][d]);
    return means[1].map((each, d) => each[measure] - means[0][d][measure]);
  };
  const all = MEASURES.map(drawn);
  const p = holm(all.map(tailOf));
  return {
    differences: Object.fromEntries(MEASURES.map((measure, i) => {
      const interval = middle(all[i]);
      const [{ [measure]: from }, { [measure]: to }] = observed;
      return [measure, {
        before: from,
        after: to,
        ...interval,
        p: p[i],
        change: p[i] > 0.05 ? "within chance" : changeOf(interval, to - from),
      }];
    })) as Record<Measure, Difference>,
    classes: classChanges(counts.lost, counts.won, tallies.map(({ right }) => right), images),
  };
}

/** The way of a difference beyond chance; none where the test images themselves show the other one. */
function changeOf({ low, high }: Interval, observed: number): Change {
  if (low + high > 0) return observed > 0 ? "rose" : "within chance";
  return observed < 0 ? "fell" : "within chance";
}

/** Rounding of a difference of draws that are equal. */
const TINY = 1e-12;

/** Two-sided p-value that a difference is 0, from draws of it. */
function tailOf(draws: readonly number[]): number {
  const tail = (count: number) => (1 + count) / (1 + draws.length);
  const below = tail(draws.filter((value) => value <= TINY).length);
  const above = tail(draws.filter((value) => value >= -TINY).length);
  return Math.min(1, 2 * Math.min(below, above));
}

function accuraciesOf({ recalls, draws, classes }: RecallDraws, images: Uint32Array): number[] {
  const total = images.reduce((a, b) => a + b, 0);
  return Array.from({ length: draws }, (_, d) => {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += images[c] * recalls[d * classes + c];
    return sum / total;
  });
}

function classChanges(
  lost: Uint32Array,
  won: Uint32Array,
  [before, after]: readonly Uint32Array[],
  images: Uint32Array,
): ClassChange[] {
  const isKnown = (label: number) => images[label] >= LEAST_IMAGES;
  const p = Array.from(lost, (n, c) => mcnemar(n, won[c]));
  // Classes with too few images are not tested, so that they do not cost the others.
  const known = Array.from(lost.keys()).filter(isKnown);
  benjaminiHochberg(known.map((c) => p[c])).forEach((value, i) => p[known[i]] = value);
  return Array.from(lost, (n, label) => ({
    label,
    images: images[label],
    before: before[label] / images[label],
    after: after[label] / images[label],
    lost: n,
    won: won[label],
    p: p[label],
    change: !isKnown(label)
      ? "unknown"
      : p[label] > 0.05
      ? "within chance"
      : won[label] > n
      ? "rose"
      : "fell",
  }));
}
