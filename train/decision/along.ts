import { blocksOf } from "./blocks.ts";
import type { Member } from "./decide.ts";
import { rowsOf } from "./predict.ts";

/** The classes' shares in the probabilities of some images. */
export interface Shares {
  /** [classes], the images that the probabilities give to each class: their sum over all images. */
  called: Float64Array;
  /** [classes], the part of it from the images of that very class; zeros without labels. */
  right: Float64Array;
}

/**
 * Models whose probabilities are wanted at many points t of `logits - t log N`. The exponentials of the logits are taken
 * once: a point multiplies them by a power of N, so that it costs no more than a few passes over them.
 */
export class AlongPoints {
  /** A member's exponentials [images, classes], the largest of a row 1, and its temperature. */
  readonly #members: { odds: Float64Array; temperature: number }[];
  readonly #logs: Float64Array;
  readonly #check: () => void;

  /**
   * @param counts [classes], training images; a class without counts as one with one. @param check Called before each
   * block of images, here and at each point; what it throws ends the work.
   */
  constructor(members: readonly Member[], counts: ArrayLike<number>, check: () => void = () => {}) {
    this.#check = check;
    this.#logs = Float64Array.from(counts, (n) => Math.log(Math.max(n, 1)));
    this.#members = members.map(({ logits, temperature = 1 }) => ({
      odds: oddsOf(logits, this.#logs.length, temperature, check),
      temperature,
    }));
  }

  /** The shares at a point. @param labels [images]; null: none are known. */
  at(t: number, labels: ArrayLike<number> | null): Shares {
    const classes = this.#logs.length;
    const [called, right] = [new Float64Array(classes), new Float64Array(classes)];
    for (const { odds, temperature } of this.#members) {
      const powers = this.#logs.map((log) => -t * log / temperature);
      const most = powers.reduce((a, b) => Math.max(a, b));
      const weights = powers.map((power) => Math.exp(power - most));
      const row = new Float64Array(classes);
      for (const { from, to } of blocksOf(odds.length / classes, classes, this.#check)) {
        for (let image = from, at = from * classes; image < to; image++, at += classes) {
          let sum = 0;
          for (let k = 0; k < classes; k++) sum += row[k] = odds[at + k] * weights[k];
          const scale = 1 / (sum * this.#members.length);
          for (let k = 0; k < classes; k++) called[k] += row[k] * scale;
          if (labels) right[labels[image]] += row[labels[image]] * scale;
        }
      }
    }
    return { called, right };
  }
}

/** exp(logits / temperature), the largest of each row 1. */
function oddsOf(
  logits: Member["logits"],
  classes: number,
  temperature: number,
  check: () => void,
): Float64Array {
  const odds = new Float64Array(logits.length);
  for (const { from, to } of blocksOf(rowsOf(logits, classes), classes, check)) {
    for (let at = from * classes; at < to * classes; at += classes) {
      let most = -Infinity;
      for (let k = 0; k < classes; k++) most = Math.max(most, logits[at + k]);
      for (let k = 0; k < classes; k++) odds[at + k] = Math.exp((logits[at + k] - most) / temperature);
    }
  }
  return odds;
}
