import { type Random, randomOf } from "./random.ts";
import { type ClassCounts, recallPriors } from "./recall_prior.ts";
import type { RecallDraws } from "./recall_draws.ts";

/** Test images of every class by which of two models has them right. */
export interface PairedCounts {
  both: Uint32Array;
  /** Right before, wrong after. */
  lost: Uint32Array;
  /** Wrong before, right after. */
  won: Uint32Array;
  neither: Uint32Array;
}

/** Counts how two models do on the same images. */
export function pairedCounts(
  labels: ArrayLike<number>,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  classes: number,
): PairedCounts {
  const counts = {
    both: new Uint32Array(classes),
    lost: new Uint32Array(classes),
    won: new Uint32Array(classes),
    neither: new Uint32Array(classes),
  };
  for (let i = 0; i < labels.length; i++) {
    const [old, now] = [before[i] === labels[i], after[i] === labels[i]];
    counts[old ? now ? "both" : "lost" : now ? "won" : "neither"][labels[i]]++;
  }
  return counts;
}

/**
 * Draws the true recalls of two models on the same images, so that their errors go together as on the test images.
 *
 * Each model alone has the draws of `recallDraws`: a recall from `Beta(a + k, b + n - k)` is
 * `X / (X + Y)` with X from `Gamma(a + k)`, a sum of `Gamma(a)` and `Gamma(k)`. The part of the images is split by
 * what the other model makes of them, and both models share its draws. What a class takes from the other classes is
 * shared to the degree to which the models agree on all images.
 */
export function pairedDraws(counts: PairedCounts, random: Random, draws: number): [RecallDraws, RecallDraws] {
  const { both, lost, won, neither } = counts;
  const classes = both.length;
  const images = both.map((n, c) => n + lost[c] + won[c] + neither[c]);
  const countsOf = (only: Uint32Array): ClassCounts => ({ right: both.map((n, c) => n + only[c]), images });
  const result = [0, 1].map(() => ({ recalls: new Float64Array(draws * classes), draws, classes }));
  const agreement = agreementOf(counts);
  /** The shapes that two models have alone, and a draw of what they share. */
  const priorParts = (first: number, second: number): [alone: [number, number], shared: number] => {
    const shape = agreement * Math.min(first, second);
    return [[first - shape, second - shape], random.gamma(shape)];
  };
  // The same random numbers for both: models that are alike then lean on spreads that are alike.
  const seed = Math.floor(random.uniform() * 2 ** 32);
  const priors = [lost, won].map((only) => recallPriors(countsOf(only), draws, randomOf(seed)));
  for (let d = 0; d < draws; d++) {
    const now = priors.map((prior) => prior.next().value!);
    for (let c = 0; c < classes; c++) {
      const [inBoth, inLost, inWon, inNeither] = [both, lost, won, neither].map((n) => random.gamma(n[c]));
      const share = random.uniform();
      const parts = now.map(({ chanceOfFirst }) => share < chanceOfFirst(c) ? 0 : 1);
      const [rightPrior, rightShared] = priorParts(now[0].a[parts[0]], now[1].a[parts[1]]);
      const [wrongPrior, wrongShared] = priorParts(now[0].b[parts[0]], now[1].b[parts[1]]);
      for (const model of [0, 1]) {
        const right = rightShared + random.gamma(rightPrior[model]) + inBoth + (model ? inWon : inLost);
        const wrong = wrongShared + random.gamma(wrongPrior[model]) + inNeither + (model ? inLost : inWon);
        result[model].recalls[d * classes + c] = right / (right + wrong);
      }
    }
  }
  return [result[0], result[1]];
}

/** Correlation between being right by one model and by the other, within classes; 0 where it is negative. */
function agreementOf({ both, lost, won, neither }: PairedCounts): number {
  let [covariance, first, second] = [0, 0, 0];
  for (let c = 0; c < both.length; c++) {
    const images = both[c] + lost[c] + won[c] + neither[c];
    const [p, q] = [(both[c] + lost[c]) / images, (both[c] + won[c]) / images];
    covariance += both[c] - images * p * q;
    first += images * p * (1 - p);
    second += images * q * (1 - q);
  }
  return first * second > 0 ? Math.min(1, Math.max(0, covariance / Math.sqrt(first * second))) : 0;
}
