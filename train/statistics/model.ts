import { cellsOf } from "./draws/bootstrap.ts";
import { f1Draws } from "./draws/f1_draws.ts";
import { type Estimate, middle, proportion } from "./interval.ts";
import { macroF1 } from "./macro_f1.ts";
import { randomOf } from "./draws/random.ts";
import { amongAll, DRAWS, type RecallDraws, recallDraws } from "./draws/recall_draws.ts";
import { RECALL_FOR_ZERO, RECALL_MEANS, type RecallMeans, recallMeans } from "./recall_means.ts";
import { pick, type Tally, tallyOf, testedLabels } from "./tally.ts";

/** With fewer test images the recall of a class is called unknown. */
export const LEAST_IMAGES = 10;

/** Probability with which the classes among the worst hold the worst. */
const AMONG_WORST = 0.95;

/** One class of one model; numbers are fractions. */
export interface ClassStatistics {
  label: number;
  /** Test images of the class. */
  images: number;
  /** Images that are taken for the class, rightly or not. */
  predicted: number;
  /** Null for a class without test images. */
  recall: Estimate | null;
  /** Share of the images taken for the class that belong to it; null where no image is taken for it. */
  precision: Estimate | null;
  /** `2 * right / (images + predicted)`; null for a class without test images. */
  f1: number | null;
  /** True if there are fewer than 10 test images. */
  unknown: boolean;
}

/** A class, and the probability that it is the worst. */
export interface WorstChance {
  label: number;
  probability: number;
}

/** One model on the test images; numbers are fractions. A class without test images counts in no number. */
export interface ModelStatistics {
  classes: ClassStatistics[];
  accuracy: Estimate;
  /**
   * Numbers of the recalls of all classes with test images: `value` is that of the test images. Chance spreads recalls, which makes
   * means that fear small recalls, and the lowest recall, smaller than the true ones: the interval allows for that
   * and need not hold the value.
   */
  means: Record<keyof RecallMeans, Estimate>;
  /** Harmonic mean of `(right + 1/2) / (images + 1)`, with the interval of the harmonic mean. */
  smoothedHmean: Estimate;
  macroF1: Estimate;
  /** The class that is most likely the worst, and the probability that it is. */
  worst: WorstChance;
  /** The fewest classes that hold the worst with a probability of 95 % or more, the likeliest first. */
  amongWorst: WorstChance[];
  /** Probability that all classes have one recall; 1 for a single class. */
  commonRecall: number;
}

/**
 * Numbers of a model and their 95 % intervals.
 *
 * @param labels True class of every test image. @param predictions Predicted class of every test image.
 * @param seed Seed of the draws that intervals are made from. @param draws Number of draws.
 * @param check Called before each draw; what it throws ends the work.
 * @throws {RangeError} as `tallyOf` does.
 */
export function modelStatistics(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
  seed = 0,
  draws = DRAWS,
  check: () => void = () => {},
): ModelStatistics {
  const tally = tallyOf(labels, predictions, classes);
  const tested = testedLabels(tally.images);
  const [right, images] = [tally.right, tally.images].map((counts) => pick(counts, tested));
  const random = randomOf(seed);
  const drawn = recallDraws({ right, images }, random, draws, check);
  const observed = recallMeans(Array.from(images, (n, c) => right[c] / n));
  const smoothed = recallMeans(Array.from(images, (n, c) => (right[c] + 0.5) / (n + 1)));
  const intervals = meansIntervals(drawn);
  const [f1] = f1Draws(
    cellsOf(labels, [predictions]),
    [amongAll(drawn, tested, classes)],
    tally.images,
    random,
    check,
  );
  return {
    classes: classStatistics(tally),
    accuracy: proportion(tally.right.reduce((a, b) => a + b, 0), labels.length)!,
    means: Object.fromEntries(
      RECALL_MEANS.map((name) => [name, { value: observed[name], ...intervals[name] }]),
    ) as Record<keyof RecallMeans, Estimate>,
    smoothedHmean: { value: smoothed.hmean, ...intervals.hmean },
    macroF1: { value: macroF1(labels, predictions, tally.images), ...middle(f1) },
    ...worstClass(drawn, tested),
  };
}

/** The numbers of each draw of recalls. */
export function meansOf({ recalls, draws, classes }: RecallDraws): RecallMeans[] {
  return Array.from(
    { length: draws },
    (_, d) => recallMeans(recalls.subarray(d * classes, (d + 1) * classes)),
  );
}

function meansIntervals(draws: RecallDraws) {
  const means = meansOf(draws);
  return Object.fromEntries(RECALL_MEANS.map((name) => {
    const interval = middle(means.map((each) => each[name]));
    // No test set tells a recall below 0.001 from 0, so that the interval of a lowest recall goes down to 0.
    const floored = name.startsWith("lowest") && interval.low < RECALL_FOR_ZERO;
    return [name, floored ? { low: 0, high: Math.max(interval.high, RECALL_FOR_ZERO) } : interval];
  })) as Record<keyof RecallMeans, { low: number; high: number }>;
}

function worstClass(
  { recalls, draws, classes }: RecallDraws,
  labels: readonly number[],
): Pick<ModelStatistics, "worst" | "amongWorst" | "commonRecall"> {
  let common = 0;
  const times = new Float64Array(classes);
  for (let d = 0; d < draws; d++) {
    const row = recalls.subarray(d * classes, (d + 1) * classes);
    const lowest = row.reduce((a, b) => Math.min(a, b));
    const worst = row.reduce((sum, recall) => sum + Number(recall === lowest), 0);
    if (worst === classes) common++;
    // Where all classes have one recall, each is as much the worst as the others.
    for (let c = 0; c < classes; c++) if (row[c] === lowest) times[c] += 1 / worst;
  }
  const amongWorst = likeliest(
    Array.from(times, (each, c) => ({ label: labels[c], probability: each / draws })),
  );
  return { worst: amongWorst[0], amongWorst, commonRecall: common / draws };
}

/** The likeliest of all classes, until they hold the worst with a probability of 95 %. */
function likeliest(all: readonly WorstChance[]): WorstChance[] {
  const found: WorstChance[] = [];
  let sum = 0;
  for (const each of all.toSorted((a, b) => b.probability - a.probability)) {
    if (sum >= AMONG_WORST) break;
    sum += each.probability;
    found.push(each);
  }
  return found;
}

function classStatistics({ images, right, predicted }: Tally): ClassStatistics[] {
  return Array.from(images, (n, label) => ({
    label,
    images: n,
    predicted: predicted[label],
    recall: proportion(right[label], n),
    precision: proportion(right[label], predicted[label]),
    f1: n === 0 ? null : 2 * right[label] / (n + predicted[label]),
    unknown: n < LEAST_IMAGES,
  }));
}
