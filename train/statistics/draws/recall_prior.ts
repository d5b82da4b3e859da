import { gammaln } from "simple-statistics";
import type { Random } from "./random.ts";

/** Test images of every class, and how many of them a model has right. */
export interface ClassCounts {
  right: ArrayLike<number>;
  images: ArrayLike<number>;
}

/**
 * Prior of the true recalls of the classes: a mixture of two beta distributions,
 * `weight * Beta(a[0], b[0]) + (1 - weight) * Beta(a[1], b[1])`.
 */
export interface RecallPrior {
  weight: number;
  a: [number, number];
  b: [number, number];
  /** Probability that the recall of a class comes from the first of the two, given the class's test images. */
  chanceOfFirst(label: number): number;
}

/** A component of the mixture: the logit of its mean, the logarithm of `a + b`, and its log-likelihoods. */
interface Component {
  logit: number;
  size: number;
  fits: Float64Array;
}

/** Steps before the first draw is kept, and steps from a kept draw to the next. */
const [WARM_UP, STRIDE] = [400, 2];

/** `ln(a + b)` of a component: centre and scale of its Cauchy distribution, and its limits. */
const [SIZE_CENTER, SIZE_SCALE, SIZE_LEAST, SIZE_MOST] = [Math.log(10), 2, Math.log(0.3), Math.log(1e5)];

/** Means of a component lie between the logistic function of -LOGIT_MOST and LOGIT_MOST. */
const LOGIT_MOST = 9;

/**
 * Draws spreads of the true recalls that the test images allow, by Metropolis' algorithm.
 *
 * Before the images are seen, the mean of each component and the weight are uniform from 0 to 1, and the logarithm
 * of `a + b` is Cauchy-distributed around that of 10. One beta distribution alone misses
 * a few classes near 0 beside many good ones, so that its intervals of the harmonic mean are too high.
 *
 * @param draws Number of spreads to yield.
 */
export function* recallPriors(counts: ClassCounts, draws: number, random: Random): Generator<RecallPrior> {
  const { pairs, pairOf } = distinctPairs(counts);
  const table = new LogBetaBinomial(pairs);
  const at = (logit: number, size: number): Component => ({ logit, size, fits: table.of(logit, size) });
  const [low, high] = halfMeans(counts);
  let parts: [Component, Component] = [at(low, SIZE_CENTER), at(high, SIZE_CENTER)];
  let weight = 0; // as a logit
  let fit = logLikelihood(parts, weight, pairs) + logPriorOf(parts, weight);

  const tryStep = (next: [Component, Component], nextWeight: number, bias = 0) => {
    if (!next.every(isAllowed)) return;
    const nextFit = logLikelihood(next, nextWeight, pairs) + logPriorOf(next, nextWeight);
    if (Math.log(1 - random.uniform()) >= nextFit - fit + bias) return;
    [parts, weight, fit] = [next, nextWeight, nextFit];
  };
  const replace = (j: number, by: Component): [Component, Component] => j ? [parts[0], by] : [by, parts[1]];

  const steps = WARM_UP + STRIDE * draws;
  for (let step = 1; step <= steps; step++) {
    for (const j of [0, 1]) {
      const scale = stepSize(random);
      const { logit, size } = parts[j];
      tryStep(replace(j, at(logit + scale * random.normal(), size + scale * random.normal())), weight);
    }
    tryStep(parts, weight + 3 * stepSize(random) * random.normal());
    if (step > WARM_UP && (step - WARM_UP) % STRIDE === 0) yield priorOf(parts, weight, pairOf);
  }
}

/** Steps of many sizes, from 0.02 to 2, need no tuning to the number of images. */
function stepSize(random: Random): number {
  return 10 ** (2 * random.uniform() - 1.7);
}

function isAllowed({ logit, size }: Component): boolean {
  return Math.abs(logit) < LOGIT_MOST && size > SIZE_LEAST && size < SIZE_MOST;
}

/** A logit whose logistic function is uniform from 0 to 1 has this log-density. */
function logUniform(logit: number): number {
  return -Math.abs(logit) - 2 * Math.log1p(Math.exp(-Math.abs(logit)));
}

function logPriorOf(parts: readonly Component[], weight: number): number {
  return parts.reduce(
    (sum, { logit, size }) => sum + logUniform(logit) - Math.log1p(((size - SIZE_CENTER) / SIZE_SCALE) ** 2),
    logUniform(weight),
  );
}

function priorOf(parts: readonly Component[], weight: number, pairOf: Int32Array): RecallPrior {
  const [first, second] = parts.map(({ logit, size }) => {
    const sum = Math.exp(size);
    return [sum / (1 + Math.exp(-logit)), sum / (1 + Math.exp(logit))];
  });
  return {
    weight: 1 / (1 + Math.exp(-weight)),
    a: [first[0], second[0]],
    b: [first[1], second[1]],
    chanceOfFirst(label) {
      const [one, two] = parts.map(({ fits }) => fits[pairOf[label]]);
      return 1 / (1 + Math.exp(two - one - weight));
    },
  };
}

/** Classes with equal counts, as one pair with the number of these classes. */
interface Pair {
  right: number;
  images: number;
  classes: number;
}

function distinctPairs({ right, images }: ClassCounts): { pairs: Pair[]; pairOf: Int32Array } {
  const places = new Map<string, number>();
  const pairs: Pair[] = [];
  const pairOf = Int32Array.from(images, (_, c) => {
    const key = `${right[c]}/${images[c]}`;
    if (!places.has(key)) places.set(key, pairs.push({ right: right[c], images: images[c], classes: 0 }) - 1);
    const place = places.get(key)!;
    pairs[place].classes++;
    return place;
  });
  return { pairs, pairOf };
}

/** Log-likelihood of all classes under the mixture. */
function logLikelihood(parts: readonly Component[], weight: number, pairs: readonly Pair[]): number {
  const logFirst = -Math.log1p(Math.exp(-weight));
  const logSecond = -Math.log1p(Math.exp(weight));
  let sum = 0;
  for (let i = 0; i < pairs.length; i++) {
    const first = logFirst + parts[0].fits[i];
    const second = logSecond + parts[1].fits[i];
    sum += pairs[i].classes * (Math.max(first, second) + Math.log1p(Math.exp(-Math.abs(first - second))));
  }
  return sum;
}

/** Logits of the mean recalls of the worse and the better half of the classes. */
function halfMeans({ right, images }: ClassCounts): [number, number] {
  const smoothed = Array.from(images, (n, c) => (right[c] + 0.5) / (n + 1)).sort((a, b) => a - b);
  const half = Math.ceil(smoothed.length / 2);
  const logitOf = (values: number[]) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.log(mean / (1 - mean));
  };
  return [logitOf(smoothed.slice(0, half)), logitOf(smoothed.slice(-half))];
}

/** Log-likelihoods of pairs under a beta-binomial distribution, up to what depends on the pair alone. */
class LogBetaBinomial {
  readonly #right: Terms;
  readonly #wrong: Terms;
  readonly #images: Terms;

  constructor(pairs: readonly Pair[]) {
    this.#right = new Terms(pairs.map((p) => p.right));
    this.#wrong = new Terms(pairs.map((p) => p.images - p.right));
    this.#images = new Terms(pairs.map((p) => p.images));
  }

  /** `ln B(k + a, n - k + b) - ln B(a, b)` of every pair. */
  of(logit: number, size: number): Float64Array {
    const sum = Math.exp(size);
    const right = this.#right.of(sum / (1 + Math.exp(-logit)));
    const wrong = this.#wrong.of(sum / (1 + Math.exp(logit)));
    const images = this.#images.of(sum);
    return right.map((term, i) => term + wrong[i] - images[i]);
  }
}

/** `ln Gamma(x + k) - ln Gamma(x)` for many counts k, each different count computed once. */
class Terms {
  readonly #counts: number[];
  readonly #place: Int32Array;

  constructor(counts: readonly number[]) {
    this.#counts = [...new Set(counts)];
    const places = new Map(this.#counts.map((count, i) => [count, i]));
    this.#place = Int32Array.from(counts, (count) => places.get(count)!);
  }

  of(x: number): Float64Array {
    const base = gammaln(x);
    const terms = this.#counts.map((count) => count === 0 ? 0 : gammaln(x + count) - base);
    return Float64Array.from(this.#place, (place) => terms[place]);
  }
}
