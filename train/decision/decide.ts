import { rowsOf, type Scores, softmax } from "./predict.ts";

/** Ways of looking at a test image: none, once as it is; flip, as it is and mirrored left to right. */
export const testTimes = ["none", "flip"] as const;

/** A way of looking at a test image. */
export type TestTime = typeof testTimes[number];

/** Logits of some images by one model on one view of the images. */
export interface Member {
  /** `[images, classes]`. */
  logits: Scores;
  /** Divisor of the logits before softmax; 1 by default. */
  temperature?: number | undefined;
}

/** The way from logits to a class. */
export interface Rule {
  /** The t of `logits - t log N`, N the training images of a class; 0: as trained. */
  adjust: number;
  /** `[classes]`, training images of each class; null where they are not known, which takes `adjust: 0`. */
  counts: ArrayLike<number> | null;
  /**
   * `[classes, classes]`, row by row: the cost of calling an image of the row's class the column's class; null: all
   * mistakes cost the same.
   */
  costs: Float64Array | null;
}

/** The members of an ensemble of two models. @param temperatures Divisors of their logits. */
export function pairOf(
  newLogits: Scores,
  oldLogits: Scores,
  { temperatureNew, temperatureOld }: { temperatureNew: number; temperatureOld: number },
): Member[] {
  return [
    { logits: newLogits, temperature: temperatureNew },
    { logits: oldLogits, temperature: temperatureOld },
  ];
}

/** The rule that takes the likeliest class as it was trained. */
export const plainRule: Rule = { adjust: 0, counts: null, costs: null };

/** The scores and probabilities that a rule comes to. */
export interface Decided {
  /** `[images, classes]`, the larger the better: logits, of several members probabilities, of costs what is saved. */
  scores: Scores;
  /** `[images, classes]`. */
  probabilities: Float64Array;
}

/**
 * Brings the logits of all members together: the mean of their adjusted softmaxes, and the scores by which a class is taken.
 *
 * With costs C the class of least expected cost is taken, `argmin_k sum_j C[j][k] p_j`.
 *
 * @param members One or more, of the same images. @throws {RangeError} when members differ in length, or the rule lacks
 * the counts that its adjustment takes.
 *
 * @example
 * ```ts
 * import { decide, predict } from "everyclass/train";
 * const members = [{ logits: Float32Array.of(2, 1.5) }]; // an image, two classes
 * const rule = { adjust: 1, counts: [100, 10], costs: null };
 * console.log(predict(decide(members, 2, rule).scores, 2)); // Uint32Array [1]: the rare class gains log 10
 * ```
 */
export function decide(members: readonly Member[], classes: number, rule: Rule = plainRule): Decided {
  const logits = members.map(({ logits }) => adjusted(logits, classes, rule));
  const probabilities = meanSoftmax(members.map((member, i) => ({ ...member, logits: logits[i] })), classes);
  if (rule.costs) return { scores: saved(probabilities, classes, rule.costs), probabilities };
  // One member's logits rank as its probabilities do, without their rounding.
  return { scores: members.length === 1 ? logits[0] : probabilities, probabilities };
}

/**
 * The mean of the members' softmaxes, in float64.
 *
 * @returns `[images, classes]`. @throws {RangeError} when the members differ in length.
 */
export function meanSoftmax(members: readonly Member[], classes: number): Float64Array {
  checkAlike(members);
  const [first, ...others] = members;
  const result = softmax(first.logits, classes, first.temperature);
  for (const { logits, temperature } of others) {
    const part = softmax(logits, classes, temperature);
    for (let i = 0; i < result.length; i++) result[i] += part[i];
  }
  return members.length === 1 ? result : result.map((sum) => sum / members.length);
}

/** @throws {RangeError} when members differ in length. */
export function checkAlike([{ logits: { length } }, ...others]: readonly Member[]): void {
  const odd = others.find(({ logits }) => logits.length !== length);
  if (!odd) return;
  throw new RangeError(
    "Cannot average models: it takes logits of the same images and classes, current are " +
      `${length} and ${odd.logits.length} values`,
  );
}

/** `logits - t log N` of every row; the same array where nothing is taken off. @throws {RangeError} without counts. */
function adjusted(logits: Scores, classes: number, { adjust, counts }: Rule): Scores {
  if (adjust === 0) return logits;
  const offsets = offsetsOf(counts, classes, adjust);
  rowsOf(logits, classes);
  const result = new Float64Array(logits.length);
  for (let at = 0; at < result.length; at += classes) {
    for (let k = 0; k < classes; k++) result[at + k] = logits[at + k] - offsets[k];
  }
  return result;
}

/**
 * The part that an adjustment takes off each class's logit, `t log N`; a class without training images counts as one with one.
 *
 * @throws {RangeError} when the counts are not those of the classes.
 */
export function offsetsOf(counts: ArrayLike<number> | null, classes: number, t: number): Float64Array {
  if (counts?.length !== classes) {
    throw new RangeError(
      `Cannot adjust by t = ${t}: it takes the training images of each of ${classes} classes, ` +
        `current are ${counts === null ? "not known" : `${counts.length} counts`}`,
    );
  }
  return Float64Array.from(counts, (n) => t * Math.log(Math.max(n, 1)));
}

/** Minus the expected cost of each call. */
function saved(probabilities: Float64Array, classes: number, costs: Float64Array): Float64Array {
  const result = new Float64Array(probabilities.length);
  for (let at = 0; at < probabilities.length; at += classes) {
    for (let j = 0; j < classes; j++) {
      const p = probabilities[at + j];
      for (let k = 0; k < classes; k++) result[at + k] -= p * costs[j * classes + k];
    }
  }
  return result;
}
