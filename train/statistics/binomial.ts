import { gammaln } from "simple-statistics";

/**
 * Exact probability of at least `hits` hits in `trials` trials with probability `p` each: the one-sided p-value of the
 * binomial test.
 *
 * Source: R's `binom.test(hits, trials, p, alternative = "greater")$p.value`.
 *
 * @param hits From 0 to `trials`. @param p From 0 to 1.
 */
export function tailAbove(hits: number, trials: number, p: number): number {
  if (hits <= 0 || p >= 1) return 1;
  if (p <= 0) return 0;
  const logOf = (k: number) =>
    gammaln(trials + 1) - gammaln(k + 1) - gammaln(trials - k + 1) + k * Math.log(p) +
    (trials - k) * Math.log1p(-p);
  let tail = 0;
  for (let k = hits; k <= trials; k++) tail += Math.exp(logOf(k));
  return Math.min(1, tail);
}
