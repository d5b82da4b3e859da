/** A way to weight the classes, by its name in the config. */
export type Weighting = "none" | "inverse" | "effective";

/**
 * A weight for each class, of sum C: 1 / N, or by the effective number of images, (1 - beta) / (1 - beta^N).
 *
 * Source: Y. Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", CVPR 2019.
 */
export function classWeights(weighting: Weighting, counts: Uint32Array, beta: number): Float32Array {
  const weigh = {
    none: () => 1,
    inverse: (count: number) => 1 / count,
    effective: (count: number) => (1 - beta) / (1 - beta ** count),
  }[weighting];
  const raw = Array.from(counts, weigh);
  const scale = raw.length / raw.reduce((a, b) => a + b, 0);
  return Float32Array.from(raw, (weight) => weight * scale);
}
