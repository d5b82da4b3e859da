// @ts-types="@types/d3-random"
import { randomBinomial, randomNormal } from "d3-random";
import { LegacyRandom } from "../../../data/mod.ts";
import { gammaSampler } from "./gamma.ts";

/** Random numbers from several distributions; equal seeds give equal numbers. */
export interface Random {
  /** A number from 0 up to 1, 1 excluded, in steps of 2^-53. */
  uniform(): number;
  /** A number from the standard normal distribution. */
  normal(): number;
  /** A number from the gamma distribution of this shape, scale 1; 0 for shape 0. */
  gamma(shape: number): number;
  /** A number from the beta distribution, whose mean is `a / (a + b)`. */
  beta(a: number, b: number): number;
  /** Draws how many of `n` independent trials succeed, each with probability `p`. */
  binomial(n: number, p: number): number;
}

/**
 * The random numbers of a seed.
 *
 * @param seed An integer from 0 to 2^32 - 1.
 * @throws {RangeError} when the seed is another number.
 */
export function randomOf(seed: number): Random {
  const bits = new LegacyRandom(seed);
  const uniform = () => ((bits.uint32() >>> 5) * 2 ** 26 + (bits.uint32() >>> 6)) / 2 ** 53;
  // 32 bits suffice for what is scaled or compared, and take half the time.
  const unit = () => (bits.uint32() + 0.5) / 2 ** 32;
  const normal = randomNormal.source(unit)();
  const gamma = gammaSampler(unit, normal);
  const binomialOf = randomBinomial.source(uniform);
  return {
    uniform,
    normal,
    gamma,
    beta(a, b) {
      const x = gamma(a);
      const y = gamma(b);
      // Both underflow where a and b are tiny: then the number is 0 or 1, a / (a + b) being the chance of 1.
      if (x + y === 0) return uniform() * (a + b) < a ? 1 : 0;
      return x / (x + y);
    },
    binomial: (n, p) => binomialOf(n, p)(),
  };
}
