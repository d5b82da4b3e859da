import type { Random } from "./random.ts";
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
 * what the other model makes of them, and both models share its draws.
 */
export function pairedDraws(counts: PairedCounts, random: Random, draws: number): [RecallDraws, RecallDraws] {
  const { both, lost, won, neither } = counts;
  const classes = both.length;
  const images = both.map((n, c) => n + lost[c] + won[c] + neither[c]);
  const countsOf = (only: Uint32Array): ClassCounts => ({ right: both.map((n, c) => n + only[c]), images });
  const result = [0, 1].map(() => ({ recalls: new Float64Array(draws * classes), draws, classes }));
  const priors = [lost, won].map((only) => recallPriors(countsOf(only), draws, random));
  for (let d = 0; d < draws; d++) {
    const now = priors.map((prior) => prior.next().value!);
    for (let c = 0; c < classes; c++) {
      const [inBoth, inLost, inWon, inNeither] = [both, lost, won, neither].map((n) => random.gamma(n[c]));
      now.forEach(({ a, b, chanceOfFirst }, model) => {
        const part = random.uniform() < chanceOfFirst(c) ? 0 : 1;
        const right = random.gamma(a[part]) + inBoth + (model ? inWon : inLost);
        const wrong = random.gamma(b[part]) + inNeither + (model ? inLost : inWon);
        result[model].recalls[d * classes + c] = right / (right + wrong);
      });
    }
  }
  return [result[0], result[1]];
}
