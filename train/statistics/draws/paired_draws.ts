import type { ClassCounts } from "./beta_binomial.ts";
import { sumOf } from "./common_recall.ts";
import { type Random, randomOf } from "./random.ts";
import { recallPriors } from "./recall_prior.ts";
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
 *
 * @param check Called before each draw.
 */
export function pairedDraws(
  counts: PairedCounts,
  random: Random,
  draws: number,
  check: () => void = () => {},
): [RecallDraws, RecallDraws] {
  const { both, lost, won, neither } = counts;
  const classes = both.length;
  const images = both.map((n, c) => n + lost[c] + won[c] + neither[c]);
  const countsOf = (only: Uint32Array): ClassCounts => ({ right: both.map((n, c) => n + only[c]), images });
  const [before, after] = [0, 1].map(() => ({ recalls: new Float64Array(draws * classes), draws, classes }));
  const agreement = agreementOf(counts);
  // The same random numbers for both: models that are alike then lean on spreads that are alike.
  const seed = Math.floor(random.uniform() * 2 ** 32);
  const priors = [lost, won].map((only) => recallPriors(countsOf(only), draws, randomOf(seed), check));
  const sums = [both, lost, won, neither].map(sumOf);
  for (let d = 0; d < draws; d++) {
    check();
    const [first, second] = priors.map((prior) => prior.next().value!);
    const luck = random.uniform();
    const isCommon = [first, second].map(({ chanceOfCommon }) => luck < chanceOfCommon);
    for (let c = 0; c < classes && !(isCommon[0] && isCommon[1]); c++) {
      const share = random.uniform();
      const [i, j] = [first.partOf(c, share), second.partOf(c, share)];
      const inBoth = random.gamma(both[c]);
      const inLost = random.gamma(lost[c]);
      const inWon = random.gamma(won[c]);
      const inNeither = random.gamma(neither[c]);
      const right = agreement * Math.min(first.a[i], second.a[j]);
      const wrong = agreement * Math.min(first.b[i], second.b[j]);
      const rightShared = inBoth + random.gamma(right);
      const wrongShared = inNeither + random.gamma(wrong);
      const rightBefore = rightShared + inLost + random.gamma(first.a[i] - right);
      const rightAfter = rightShared + inWon + random.gamma(second.a[j] - right);
      const at = d * classes + c;
      before.recalls[at] = rightBefore /
        (rightBefore + wrongShared + inWon + random.gamma(first.b[i] - wrong));
      after.recalls[at] = rightAfter /
        (rightAfter + wrongShared + inLost + random.gamma(second.b[j] - wrong));
    }
    // One recall for all classes: the counts of all classes together, and one image more either way.
    const [inBoth, inLost, inWon, inNeither] = sums.map((sum, i) =>
      random.gamma(sum + (i % 3 === 0 ? 1 : 0))
    );
    const total = inBoth + inLost + inWon + inNeither;
    if (isCommon[0]) before.recalls.fill((inBoth + inLost) / total, d * classes, (d + 1) * classes);
    if (isCommon[1]) after.recalls.fill((inBoth + inWon) / total, d * classes, (d + 1) * classes);
  }
  return [before, after];
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
