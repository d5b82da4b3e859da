import type { Random } from "./random.ts";

/**
 * Draws weights of the test images for a Bayesian bootstrap within each class: the weights of the images of a class
 * add up to their number.
 *
 * Source: D. B. Rubin, "The Bayesian bootstrap", Annals of Statistics 9 (1981).
 *
 * @param labels True class of every test image. @param images Test images of every class.
 * @returns Yields one array of weights, `[images]`, again and again with other weights.
 */
export function* bootstrapWeights(
  labels: ArrayLike<number>,
  images: ArrayLike<number>,
  draws: number,
  random: Random,
): Generator<Float64Array> {
  const weights = new Float64Array(labels.length);
  const sums = new Float64Array(images.length);
  for (let d = 0; d < draws; d++) {
    sums.fill(0);
    for (let i = 0; i < weights.length; i++) {
      sums[labels[i]] += weights[i] = -Math.log(1 - random.uniform());
    }
    for (let i = 0; i < weights.length; i++) weights[i] *= images[labels[i]] / sums[labels[i]];
    yield weights;
  }
}
