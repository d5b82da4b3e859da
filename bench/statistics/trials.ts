import { calibration } from "../../train/statistics/calibration.ts";
import { compare, MEASURES } from "../../train/statistics/compare.ts";
import { type Random, randomOf } from "../../train/statistics/draws/random.ts";
import type { Interval } from "../../train/statistics/interval.ts";
import { modelStatistics } from "../../train/statistics/model.ts";
import { RECALL_MEANS, recallMeans } from "../../train/statistics/recall_means.ts";
import { SECOND_MODELS, type Shape, simulate, trueF1 } from "./shapes.ts";
import type { Entry } from "./table.ts";

/** Tables of the bench, in their order. */
export const TABLES = [
  "one model",
  "mean width",
  "differences of two models",
  "comparisons that say so",
  "calibration error",
] as const;

const holds = ({ low, high }: Interval, truth: number) => low <= truth && truth <= high;

/** Collects entries. */
class Entries extends Array<Entry> {
  put(table: typeof TABLES[number], row: string, column: string, sum: number | boolean): void {
    this.push({ table, row, column, sum: Number(sum), all: 1 });
  }
}

/** Intervals of one model on a simulated test set. @param seed Seed of the set and of the draws. */
export function modelTrial(shape: Shape, seed: number, draws: number): Entry[] {
  const { labels, images, before, truths: [truth] } = simulate(shape, SECOND_MODELS.equal, randomOf(seed));
  const found = modelStatistics(labels, before, shape.classes, seed, draws);
  const { f1, precisions } = trueF1(truth, images);
  const means = recallMeans(truth.recalls);
  const accuracy = truth.recalls.reduce((sum, recall, c) => sum + recall * images[c], 0) / labels.length;
  const entries = new Entries();
  const put = (column: string, interval: Interval, true_: number) => {
    entries.put("one model", shape.name, column, holds(interval, true_));
    entries.put("mean width", shape.name, column, interval.high - interval.low);
  };
  put("accuracy", found.accuracy, accuracy);
  for (const name of RECALL_MEANS) put(name, found.means[name], means[name]);
  put("macroF1", found.macroF1, f1);
  for (const { label, recall, precision } of found.classes) {
    put("recalls", recall!, truth.recalls[label]);
    if (precision) put("precisions", precision, precisions[label]);
  }
  return entries;
}

/** Differences of two models on a simulated test set. @param second Name of the second model. */
export function pairTrial(shape: Shape, second: string, seed: number, draws: number): Entry[] {
  const { labels, images, before, after, truths } = simulate(shape, SECOND_MODELS[second], randomOf(seed));
  const found = compare(labels, before, after, shape.classes, seed, draws);
  const [from, to] = truths.map((truth) => ({
    ...recallMeans(truth.recalls),
    accuracy: truth.recalls.reduce((sum, recall, c) => sum + recall * images[c], 0) / labels.length,
    macroF1: trueF1(truth, images).f1,
  }));
  const row = `${shape.name}, ${second}`;
  const entries = new Entries();
  for (const name of MEASURES) {
    entries.put(
      "differences of two models",
      row,
      name,
      holds(found.differences[name], to[name] - from[name]),
    );
  }
  const changes = Object.values(found.differences);
  const says = (word: string) => [...changes, ...found.classes].some(({ change }) => change === word);
  const called = (column: string, so: boolean) => entries.put("comparisons that say so", row, column, so);
  called("any rose", says("rose"));
  called("any fell", says("fell"));
  called("a class rose", found.classes.some(({ change }) => change === "rose"));
  called("hmean rose", found.differences.hmean.change === "rose");
  return entries;
}

/** Models of two classes whose probabilities, from 0.5 to 1, are right as often as the function says. */
export const CALIBRATIONS: Readonly<Record<string, (confidence: number) => number>> = {
  calibrated: (p) => p,
  "too sure by 0.03": (p) => p - 0.03,
  "too sure by a third": (p) => p - (p - 0.5) / 3,
};

const truths = new Map<string, number>();

/** The calibration error of a simulated test set. @param name Key of `CALIBRATIONS`. */
export function calibrationTrial(name: string, count: number, seed: number): Entry[] {
  const random = randomOf(seed);
  const rightOf = CALIBRATIONS[name];
  const probabilities = new Float64Array(2 * count);
  const labels = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const confidence = confidenceOf(random);
    probabilities.set([confidence, 1 - confidence], 2 * i);
    labels[i] = random.uniform() < rightOf(confidence) ? 0 : 1;
  }
  const found = calibration(probabilities, labels, 2, randomOf(seed));
  truths.set(name, truths.get(name) ?? trueError(rightOf));
  const entries = new Entries();
  entries.put("calibration error", `${count} images, ${name}`, "ece", holds(found.ece, truths.get(name)!));
  return entries;
}

function confidenceOf(random: Random): number {
  return 0.5 + 0.5 * random.beta(2.5, 1.2);
}

/** The calibration error of endless images: gaps of the bins on two million draws, without the chance of being right. */
function trueError(rightOf: (confidence: number) => number): number {
  const random = randomOf(0);
  const gaps = new Float64Array(15);
  const count = 2e6;
  for (let i = 0; i < count; i++) {
    const confidence = confidenceOf(random);
    gaps[Math.min(14, Math.ceil(confidence * 15) - 1)] += confidence - rightOf(confidence);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / count;
}
