/** A source of uniform numbers from 0 to below 1. */
interface Uniforms {
  uniform(): number;
}

/**
 * The logarithm of a Gamma(alpha) variate: of alpha + 1 by rejection, times U^(1 / alpha).
 *
 * @param alpha Above 0. Source: G. Marsaglia, W. Tsang, "A Simple Method for Generating Gamma Variables", ACM TOMS 26 (2000).
 */
export function logGamma(alpha: number, draws: Uniforms): number {
  const d = alpha + 1 - 1 / 3;
  for (;;) {
    const x = normal(draws);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    // A tie is drawn again, too.
    if (v <= 0 || Math.log(positive(draws)) >= x * x / 2 + d * (1 - v + Math.log(v))) continue;
    return Math.log(d * v) + Math.log(positive(draws)) / alpha;
  }
}

/** Standard normal, by Box and Muller's method. */
function normal(draws: Uniforms): number {
  return Math.sqrt(-2 * Math.log(positive(draws))) * Math.cos(2 * Math.PI * draws.uniform());
}

/** Uniform above 0, up to 1. */
function positive(draws: Uniforms): number {
  return 1 - draws.uniform();
}
