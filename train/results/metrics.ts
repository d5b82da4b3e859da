/**
 * Recall figures of a classifier over the classes that have test images, in per cent, so that no class hides behind the
 * others.
 *
 * Source: Du and Wu, "No One Left Behind", CVPR 2023.
 */
export interface Metrics {
  /** Arithmetic mean of the recalls. */
  mean: number;
  /** Geometric mean of the recalls, a recall of 0 counted as 0.1 per cent. */
  gmean: number;
  /** Harmonic mean of the recalls, a recall of 0 counted as 0.1 per cent. */
  hmean: number;
  /** The smallest recall; 0 stays 0. */
  lowest: number;
  /** Number of classes without a test image right. */
  zeroRecall: number;
  /** Mean recall of the classes with more than 100 training images; null without such classes. */
  many: number | null;
  /** Mean recall of the classes with 20 to 100 training images; null without such classes. */
  medium: number | null;
  /** Mean recall of the classes with fewer than 20 training images; null without such classes. */
  few: number | null;
}

/** The recall that stands for 0 in the geometric and harmonic mean, as a fraction. */
const recallForZero = 1e-3;

/** The usual groups: a class belongs to the first group whose least number of training images it reaches. */
export type Group = "many" | "medium" | "few";

/** Bounds of the groups: above the first a class has many training images, below the second it has few. */
export type GroupBounds = readonly number[];

/** The bounds of the field. */
export const GROUP_BOUNDS: GroupBounds = [100, 20];

/** Finds the group of a class by its training images. */
export function groupOf(trainImages: number, [most, least]: GroupBounds = GROUP_BOUNDS): Group {
  return trainImages > most ? "many" : trainImages >= least ? "medium" : "few";
}

/**
 * Computes the recall of every class: the share of its test images that are predicted right, as a fraction; NaN for a class
 * without test images.
 *
 * @param predictions Predicted class of every test image.
 * @param labels True class of every test image, below `classes`.
 * @throws {RangeError} when the lengths differ, a label is out of range or no class has a test image.
 *
 * @example
 * ```ts
 * import { classRecalls } from "everyclass/train";
 * console.log(classRecalls(Uint32Array.of(0, 0, 1), Uint32Array.of(0, 1, 1), 2)); // [1, 0.5]
 * ```
 */
export function classRecalls(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Float64Array {
  if (predictions.length !== labels.length) {
    throw new RangeError(
      `Cannot take recalls: it takes a prediction for every label, current are ${predictions.length} predictions, ${labels.length} labels`,
    );
  }
  const right = new Float64Array(classes);
  const total = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!(label < classes)) {
      throw new RangeError(`Cannot take recalls: it takes labels below ${classes}, label ${i} is ${label}`);
    }
    total[label]++;
    if (predictions[i] === label) right[label]++;
  }
  if (labels.length === 0) {
    throw new RangeError(
      "Cannot take recalls: it takes test images, current are none: the test set was cut, or belongs to another data set",
    );
  }
  return right.map((n, c) => n / total[c]);
}

/**
 * Computes the metrics of a classifier from its recalls.
 *
 * @param recalls Recall of every class, as a fraction; NaN for a class without test images, which is left out.
 * @param trainCounts Training images of every class. @param groups Bounds of many and few training images, `[100, 20]` by
 * default.
 *
 * @example
 * ```ts
 * import { classMetrics } from "everyclass/train";
 * const { mean, hmean, lowest } = classMetrics([0.9, 0.3], [500, 5]);
 * console.log(mean, hmean, lowest); // 60, 45 and 30 per cent
 * ```
 */
export function classMetrics(
  recalls: ArrayLike<number>,
  trainCounts: ArrayLike<number>,
  groups: readonly number[] = GROUP_BOUNDS,
): Metrics {
  const all = Array.from(recalls);
  if (all.length === 0 || all.length !== trainCounts.length) {
    throw new RangeError(
      `Cannot take metrics: it takes a training count for every class, current are ${all.length} recalls, ${trainCounts.length} counts`,
    );
  }
  const tested = all.filter((r) => !Number.isNaN(r));
  if (tested.length === 0) {
    throw new RangeError("Cannot take metrics: it takes a class with test images, current classes have none");
  }
  const above0 = tested.map((r) => r || recallForZero);
  const ofGroup = (group: Group) => {
    const members = all.filter((r, c) => !Number.isNaN(r) && groupOf(trainCounts[c], groups) === group);
    return members.length ? 100 * mean(members) : null;
  };
  return {
    mean: 100 * mean(tested),
    gmean: 100 * Math.exp(mean(above0.map(Math.log))),
    hmean: 100 / mean(above0.map((r) => 1 / r)),
    lowest: 100 * tested.reduce((a, b) => Math.min(a, b)),
    zeroRecall: tested.filter((r) => r === 0).length,
    many: ofGroup("many"),
    medium: ofGroup("medium"),
    few: ofGroup("few"),
  };
}

function mean(values: number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
