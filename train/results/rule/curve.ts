import { type Member, offsetsOf } from "../../decision/decide.ts";
import { predict, type Scores, softmax } from "../../decision/predict.ts";
import { recallMeans } from "../../statistics/recall_means.ts";
import { tallyOf, testedLabels } from "../../statistics/tally.ts";

/** The points of a curve: t from -1 to 2 in tenths. */
export const CURVE_POINTS: readonly number[] = Array.from({ length: 31 }, (_, i) => (i - 10) / 10);

/** Images that are decided at a time: a block and its scores stay in the processor's cache. */
const ROWS = 256;

/** Test images, and a model's logits of them. */
export interface CurveInput {
  members: readonly Member[];
  /** `[images]`, true classes. */
  labels: ArrayLike<number>;
  classes: number;
  /** `[classes]`, training images. */
  counts: ArrayLike<number>;
}

/** Numbers of a model at a point, in per cent, over the classes that have test images. */
export interface CurvePoint {
  t: number;
  /** Arithmetic mean of the recalls. */
  mean: number;
  /** Harmonic mean of the recalls, recalls below 0.1 per cent counted as 0.1. */
  hmean: number;
  /** The smallest recall. */
  lowest: number;
  /** Share of all test images that are right. */
  accuracy: number;
}

/**
 * Follows a model along `logits - t log N`, in time that grows with points, members, images and classes, and memory of a
 * block of images.
 *
 * Every point comes to the predictions that `predict(decide(...).scores)` with this t has, to the bit.
 *
 * @param points The values of t. @param check Called before each block of images: all points may take a minute.
 * @returns A point for each of them, in their order.
 * @throws {RangeError} when logits or counts do not fit the labels and classes, or a logit is not finite.
 */
export function pointCurve(
  { members, labels, classes, counts }: CurveInput,
  points: readonly number[] = CURVE_POINTS,
  check: () => void = () => {},
): CurvePoint[] {
  const odd = members.find(({ logits }) => logits.length !== labels.length * classes);
  if (odd) {
    throw new RangeError(
      `Cannot follow a model along t: it takes logits [images, classes] of ${labels.length} images and ${classes} ` +
        `classes, current are ${odd.logits.length} values`,
    );
  }
  const blocks = Array.from({ length: Math.ceil(labels.length / ROWS) }, (_, i) => i * ROWS);
  const scoresOf = scorer(members, classes);
  const predictions = new Uint32Array(labels.length);
  return points.map((t) => {
    const offsets = offsetsOf(counts, classes, t);
    for (const first of blocks) {
      check();
      predictions.set(predict(scoresOf(first, offsets), classes, first), first);
    }
    return { t, ...numbersOf(predictions, labels, classes) };
  });
}

/** Computes scores of a block of images, each block in the place of the block before. */
function scorer(
  members: readonly Member[],
  classes: number,
): (first: number, offsets: Float64Array) => Scores {
  const [shifted, part, sum] = [0, 1, 2].map(() => new Float64Array(ROWS * classes));
  const rowsIn = (logits: Scores, first: number) =>
    logits.subarray(first * classes, (first + ROWS) * classes);
  return (first, offsets) => {
    const { length } = rowsIn(members[0].logits, first);
    const of = (buffer: Float64Array) => buffer.subarray(0, length);
    const shiftedRows = (logits: Scores) => shift(rowsIn(logits, first), offsets, of(shifted));
    if (members.length === 1) return shiftedRows(members[0].logits);
    sum.fill(0);
    for (const { logits, temperature } of members) {
      softmax(shiftedRows(logits), classes, temperature, of(part));
      for (let i = 0; i < length; i++) sum[i] += part[i];
    }
    for (let i = 0; i < length; i++) sum[i] /= members.length;
    return of(sum);
  };
}

/** Takes the classes' offsets off every row. */
function shift(logits: Scores, offsets: Float64Array, result: Float64Array): Float64Array {
  const classes = offsets.length;
  for (let at = 0; at < logits.length; at += classes) {
    for (let k = 0; k < classes; k++) result[at + k] = logits[at + k] - offsets[k];
  }
  return result;
}

function numbersOf(
  predictions: Uint32Array,
  labels: ArrayLike<number>,
  classes: number,
): Omit<CurvePoint, "t"> {
  const { images, right } = tallyOf(labels, predictions, classes);
  const { mean, hmean, lowest } = recallMeans(testedLabels(images).map((c) => right[c] / images[c]));
  return {
    mean: 100 * mean,
    hmean: 100 * hmean,
    lowest: 100 * lowest,
    accuracy: 100 * right.reduce((a, b) => a + b) / labels.length,
  };
}
