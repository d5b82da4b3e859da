import { gammaln } from "simple-statistics";

/**
 * Exact p-value, two-sided, that two models have equal recalls: McNemar's test.
 *
 * If both models are equally good, each is right alone on half of the images that only one of them has right.
 *
 * Source: Q. McNemar, Psychometrika 12 (1947); R's `binom.test(lost, lost + won)$p.value`.
 *
 * @param lost Images that the first model alone has right. @param won Images that the second alone has right.
 */
export function mcnemar(lost: number, won: number): number {
  const n = lost + won;
  const fewer = Math.min(lost, won);
  const logOf = (k: number) => gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) - n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) tail += Math.exp(logOf(k));
  return Math.min(1, 2 * tail);
}

/**
 * p-values so corrected that of the hypotheses rejected at 0.05 a twentieth is true on average, and that any is
 * rejected in 1 case of 20 where all are true.
 *
 * Source: Y. Benjamini, Y. Hochberg, JRSS B 57 (1995); R's `p.adjust(p, "BH")`.
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((i, j) => p[j] - p[i]);
  const adjusted = new Array<number>(p.length);
  let least = 1;
  order.forEach((i, place) => adjusted[i] = least = Math.min(least, p[i] * p.length / (p.length - place)));
  return adjusted;
}

/**
 * p-values so corrected that any true hypothesis is rejected at 0.05 in 1 case of 20.
 *
 * Source: S. Holm, Scandinavian Journal of Statistics 6 (1979); R's `p.adjust(p, "holm")`.
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((i, j) => p[i] - p[j]);
  const adjusted = new Array<number>(p.length);
  let most = 0;
  order.forEach((i, place) => adjusted[i] = most = Math.max(most, Math.min(1, p[i] * (p.length - place))));
  return adjusted;
}
