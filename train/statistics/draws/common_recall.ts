import type { BetaBinomial, ClassCounts } from "./beta_binomial.ts";
import { logUniform, shapesOf, SIZE } from "./spread.ts";

/** Points of the sums over sizes, and over means. */
const POINTS = 24;

/**
 * Probability that all classes have one recall, where before the images are seen that is as likely as recalls from one
 * beta distribution.
 *
 * A beta distribution always spreads recalls a little, so that where the true recalls are equal it takes the lowest
 * to be lower than that. The likelihood under one beta distribution is summed over the quantiles of its size and over
 * means near the mean recall. Where recalls come from several distributions they are not equal either, and fit one
 * distribution better than one recall.
 */
export function chanceOfCommonRecall(table: BetaBinomial, counts: ClassCounts): number {
  const [right, images] = [counts.right, counts.images].map(sumOf);
  const { center, scale, least, most } = SIZE;
  const [low, high] = [least, most].map((size) => Math.atan((size - center) / scale));
  const mean = (right + 0.5) / (images + 1);
  const middle = Math.log(mean / (1 - mean));
  const classes = table.classes.reduce((a, b) => a + b, 0);
  const fits = [new Float64Array(table.classes.length)];
  const logs: number[] = [];
  for (let i = 0; i < POINTS; i++) {
    const size = center + scale * Math.tan(low + (high - low) * (i + 0.5) / POINTS);
    const deviation = Math.sqrt((1 / images + 1 / (classes * (1 + Math.exp(size)))) / (mean * (1 - mean)));
    for (let j = 0; j < POINTS; j++) {
      const logit = middle + (8 * (j + 0.5) / POINTS - 4) * deviation;
      const [a, b] = shapesOf({ logit, size });
      table.fit(a, b, fits[0]);
      logs.push(table.logMixture(fits, [1]) + logUniform(logit) + Math.log(8 * deviation / POINTS ** 2));
    }
  }
  const largest = Math.max(...logs);
  const spread = largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
  return 1 / (1 + Math.exp(spread - table.logCommon()));
}

/** Sum of counts. */
export function sumOf(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i];
  return sum;
}
