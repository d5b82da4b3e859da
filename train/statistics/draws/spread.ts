/**
 * One beta distribution of recalls: the logit of its mean, and `size`, the logarithm of `a + b`.
 */
export interface Spread {
  logit: number;
  size: number;
}

/** `ln(a + b)`: centre and scale of its Cauchy distribution, and its limits. */
export const SIZE = { center: Math.log(10), scale: 2, least: Math.log(0.3), most: Math.log(1e5) } as const;

/** Means of a spread lie between the logistic function of -LOGIT_MOST and LOGIT_MOST. */
const LOGIT_MOST = 9;

/** The parameters of the beta distribution. */
export function shapesOf({ logit, size }: Spread): [a: number, b: number] {
  const sum = Math.exp(size);
  return [sum / (1 + Math.exp(-logit)), sum / (1 + Math.exp(logit))];
}

/** Tells whether a spread lies within the limits. */
export function isAllowed({ logit, size }: Spread): boolean {
  return Math.abs(logit) < LOGIT_MOST && size > SIZE.least && size < SIZE.most;
}

/** A logit whose logistic function is uniform from 0 to 1 has this log-density. */
export function logUniform(logit: number): number {
  return -Math.abs(logit) - 2 * Math.log1p(Math.exp(-Math.abs(logit)));
}

/** Log-density of a spread before the images are seen, but for a constant: uniform mean, Cauchy-distributed size. */
export function logPriorOf({ logit, size }: Spread): number {
  return logUniform(logit) - Math.log1p(((size - SIZE.center) / SIZE.scale) ** 2);
}
