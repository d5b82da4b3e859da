import { BetaBinomial, type ClassCounts } from "./beta_binomial.ts";
import { chanceOfCommonRecall } from "./common_recall.ts";
import type { Random } from "./random.ts";
import { isAllowed, logPriorOf, shapesOf, SIZE, type Spread } from "./spread.ts";

/** Prior of the true recalls of the classes: a mixture of the beta distributions `Beta(a[j], b[j])`. */
export interface RecallPrior {
  a: readonly number[];
  b: readonly number[];
  /**
   * Place of the distribution that the recall of a class comes from, given the class's test images.
   *
   * @param share A uniform number from 0 to 1 that decides.
   */
  partOf(label: number, share: number): number;
  /** Probability that all classes have one recall instead. */
  chanceOfCommon: number;
}

/** Distributions of the mixture. */
const PARTS = 3;

/** Steps before the first spread is kept, and steps from a kept spread to the next. */
const [WARM_UP, STRIDE] = [1000, 10];

/** Draws of recalls that share a kept spread: neighbours in the chain are alike, and recalls cost less than steps. */
const DRAWS_OF_SPREAD = 4;

/** Logarithms of the weights lie between -WEIGHT_MOST and WEIGHT_MOST. */
const WEIGHT_MOST = 60;

/**
 * Draws spreads of the true recalls that the test images allow, by Metropolis' algorithm: a mixture of three beta
 * distributions, or one recall for all classes.
 *
 * Before the images are seen, the mean of each distribution is uniform from 0 to 1, the logarithm of `a + b` is
 * Cauchy-distributed around that of 10, and the weights are uniform: exponential numbers over their sum. One beta
 * distribution alone misses a few classes near 0 beside many good ones, so that its intervals of the harmonic mean
 * are too high; two miss what three show (bench/notes/intervals.md).
 *
 * @param draws Number of spreads to yield; four in a row are the same. @param check Called before each step.
 */
export function* recallPriors(
  counts: ClassCounts,
  draws: number,
  random: Random,
  check: () => void = () => {},
): Generator<RecallPrior> {
  const chain = new Chain(counts, random);
  const chanceOfCommon = chanceOfCommonRecall(chain.table, counts);
  const walk = (steps: number) => {
    for (let step = 0; step < steps; step++) {
      check();
      chain.step();
    }
  };
  walk(WARM_UP);
  for (let d = 0; d < draws; d += DRAWS_OF_SPREAD) {
    walk(STRIDE);
    const prior = { ...chain.prior(), chanceOfCommon };
    for (let i = d; i < Math.min(draws, d + DRAWS_OF_SPREAD); i++) yield prior;
  }
}

/** A chain of mixtures; each step takes the same count of random numbers, so that chains of one seed go together. */
class Chain {
  readonly table: BetaBinomial;
  readonly #random: Random;
  readonly #spreads: Spread[];
  readonly #fits: Float64Array[];
  /** Logarithms of the weights, before they are divided by their sum. */
  readonly #weights = new Array<number>(PARTS).fill(0);
  #spare: Float64Array;
  #fit: number;

  constructor(counts: ClassCounts, random: Random) {
    this.#random = random;
    this.table = new BetaBinomial(counts);
    this.#spreads = partMeans(counts).map((mean) => ({
      logit: Math.log(mean / (1 - mean)),
      size: SIZE.center,
    }));
    const empty = () => new Float64Array(this.table.classes.length);
    this.#fits = this.#spreads.map((spread) => this.table.fit(...shapesOf(spread), empty()));
    this.#spare = empty();
    this.#fit = this.#likelihood();
  }

  step(): void {
    for (let j = 0; j < PARTS; j++) {
      this.#moveSpread(j);
      this.#moveWeight(j);
    }
  }

  prior(): Omit<RecallPrior, "chanceOfCommon"> {
    const shapes = this.#spreads.map(shapesOf);
    const weights = this.#shares();
    const fits = this.#fits.map((fit) => fit.slice());
    const { pairOf } = this.table;
    return {
      a: shapes.map(([a]) => a),
      b: shapes.map(([, b]) => b),
      partOf(label, share) {
        const chances = fits.map((fit, j) => weights[j] * fit[pairOf[label]]);
        let left = share * chances.reduce((a, b) => a + b);
        const part = chances.findIndex((chance) => (left -= chance) < 0);
        return part < 0 ? chances.indexOf(Math.max(...chances)) : part;
      },
    };
  }

  #moveSpread(j: number): void {
    const [from, fit] = [this.#spreads[j], this.#fits[j]];
    const scale = this.#scale();
    const to = {
      logit: from.logit + scale * this.#random.normal(),
      size: from.size + scale * this.#random.normal(),
    };
    const luck = Math.log(1 - this.#random.uniform());
    if (!isAllowed(to)) return;
    this.#fits[j] = this.table.fit(...shapesOf(to), this.#spare);
    if (this.#accepts(luck + logPriorOf(from) - logPriorOf(to))) [this.#spreads[j], this.#spare] = [to, fit];
    else this.#fits[j] = fit;
  }

  #moveWeight(j: number): void {
    const from = this.#weights[j];
    const to = from + 3 * this.#scale() * this.#random.normal();
    const luck = Math.log(1 - this.#random.uniform());
    if (Math.abs(to) > WEIGHT_MOST) return;
    this.#weights[j] = to;
    if (!this.#accepts(luck + from - Math.exp(from) - to + Math.exp(to))) this.#weights[j] = from;
  }

  /** Keeps the mixture as it is now if its likelihood exceeds the last one's by as much, as a logarithm. */
  #accepts(least: number): boolean {
    const fit = this.#likelihood();
    if (!(fit - this.#fit > least)) return false;
    this.#fit = fit;
    return true;
  }

  /** Steps of many sizes, from 0.02 to 2, need no tuning to the number of images. */
  #scale(): number {
    return 10 ** (2 * this.#random.uniform() - 1.7);
  }

  #likelihood(): number {
    return this.table.logMixture(this.#fits, this.#shares());
  }

  #shares(): number[] {
    const weights = this.#weights.map(Math.exp);
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  }
}

/** Mean recall of the worst third of the classes, of the middle and of the best, none 0 or 1. */
function partMeans({ right, images }: ClassCounts): number[] {
  const smoothed = Array.from(images, (n, c) => (right[c] + 0.5) / (n + 1)).sort((a, b) => a - b);
  return Array.from({ length: PARTS }, (_, j) => {
    const from = Math.floor(j * smoothed.length / PARTS);
    const part = smoothed.slice(from, Math.max(from + 1, Math.floor((j + 1) * smoothed.length / PARTS)));
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}
