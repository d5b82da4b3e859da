import { logGamma } from "./log_gamma.ts";

/** Test images of every class, and how many of them a model has right. */
export interface ClassCounts {
  right: ArrayLike<number>;
  images: ArrayLike<number>;
}

/**
 * Likelihoods of the classes' counts under beta-binomial distributions, relative to those under recalls as observed:
 * 1 is the most that any distribution reaches, so that products over classes stay within the range of numbers.
 *
 * Classes with equal counts are one pair.
 */
export class BetaBinomial {
  /** Pair of every class. */
  readonly pairOf: Int32Array;
  /** Classes of every pair. */
  readonly classes: Float64Array;
  readonly #pairs: { right: number; images: number; log: number }[] = [];
  readonly #right: Terms;
  readonly #wrong: Terms;
  readonly #images: Terms;

  constructor({ right, images }: ClassCounts) {
    const places = new Map<string, number>();
    const classes: number[] = [];
    this.pairOf = Int32Array.from(images, (n, c) => {
      const k = right[c];
      const key = `${k}/${n}`;
      if (!places.has(key)) {
        places.set(key, this.#pairs.push({ right: k, images: n, log: logObserved(k, n) }) - 1);
        classes.push(0);
      }
      const place = places.get(key)!;
      classes[place]++;
      return place;
    });
    this.classes = Float64Array.from(classes);
    this.#right = new Terms(this.#pairs.map((p) => p.right));
    this.#wrong = new Terms(this.#pairs.map((p) => p.images - p.right));
    this.#images = new Terms(this.#pairs.map((p) => p.images));
  }

  /** Likelihood of every pair under `Beta(a, b)`, into `target`. */
  fit(a: number, b: number, target: Float64Array): Float64Array {
    const right = this.#right.of(a);
    const wrong = this.#wrong.of(b);
    const images = this.#images.of(a + b);
    for (let i = 0; i < target.length; i++) {
      target[i] = Math.exp(right(i) + wrong(i) - images(i) - this.#pairs[i].log);
    }
    return target;
  }

  /** Logarithm of the likelihood of all classes under a mixture of distributions with these likelihoods. */
  logMixture(fits: readonly Float64Array[], weights: readonly number[]): number {
    let log = 0;
    for (let i = 0; i < this.classes.length; i++) {
      let sum = 0;
      for (let j = 0; j < fits.length; j++) sum += weights[j] * fits[j][i];
      log += this.classes[i] * Math.log(sum);
    }
    return log;
  }

  /** Logarithm of the likelihood where one recall, from `Beta(1, 1)`, holds for all classes. */
  logCommon(): number {
    let [right, images, log] = [0, 0, 0];
    this.#pairs.forEach((pair, i) => {
      right += this.classes[i] * pair.right;
      images += this.classes[i] * pair.images;
      log += this.classes[i] * pair.log;
    });
    return logGamma(right + 1) + logGamma(images - right + 1) - logGamma(images + 2) - log;
  }
}

/** Log-likelihood of `right` of `images` under the recall that was observed. */
function logObserved(right: number, images: number): number {
  const term = (count: number) => count === 0 ? 0 : count * Math.log(count / images);
  return term(right) + term(images - right);
}

/** `ln Gamma(x + k) - ln Gamma(x)` for many counts k, each different count computed once. */
class Terms {
  readonly #counts: number[];
  readonly #place: Int32Array;
  readonly #terms: Float64Array;

  constructor(counts: readonly number[]) {
    this.#counts = [...new Set(counts)];
    const places = new Map(this.#counts.map((count, i) => [count, i]));
    this.#place = Int32Array.from(counts, (count) => places.get(count)!);
    this.#terms = new Float64Array(this.#counts.length);
  }

  /** The terms by pair; good until the next call. */
  of(x: number): (pair: number) => number {
    const base = logGamma(x);
    this.#counts.forEach((count, i) => this.#terms[i] = count === 0 ? 0 : logGamma(x + count) - base);
    return (pair) => this.#terms[this.#place[pair]];
  }
}
