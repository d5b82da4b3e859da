import { quantileSorted } from "simple-statistics";

/** A 95 % interval. */
export interface Interval {
  low: number;
  high: number;
}

/** A number computed from the test images, with the interval that holds the true one in 95 cases of 100. */
export interface Estimate extends Interval {
  value: number;
}

/** The 97.5 % quantile of the standard normal distribution. */
export const Z = 1.959963984540054;

/**
 * Wilson's 95 % interval of a proportion.
 *
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 *
 * @param successes From 0 to `trials`.
 * @param trials With 0 trials every proportion is possible: the interval is from 0 to 1.
 * @throws {RangeError} when there are more successes than trials, or a negative number.
 */
export function wilson(successes: number, trials: number): Interval {
  if (!(successes >= 0 && successes <= trials)) {
    throw new RangeError(
      `Cannot take an interval: it takes 0 to ${trials} successes of ${trials} trials, current are ${successes}`,
    );
  }
  if (trials === 0) return { low: 0, high: 1 };
  const proportion = successes / trials;
  const scale = 1 + Z * Z / trials;
  const center = (proportion + Z * Z / (2 * trials)) / scale;
  const half = Z / scale * Math.sqrt(proportion * (1 - proportion) / trials + (Z / (2 * trials)) ** 2);
  return {
    low: successes === 0 ? 0 : center - half,
    high: successes === trials ? 1 : center + half,
  };
}

/** A proportion with Wilson's interval; null for no trials. */
export function proportion(successes: number, trials: number): Estimate | null {
  return trials === 0 ? null : { value: successes / trials, ...wilson(successes, trials) };
}

/** The interval that holds the middle 95 % of some draws, at least one. */
export function middle(draws: ArrayLike<number>): Interval {
  const sorted = Array.from(draws).sort((a, b) => a - b);
  return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}
