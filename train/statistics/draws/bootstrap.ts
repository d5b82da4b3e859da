import type { Random } from "./random.ts";

/** Test images with equal labels and equal predictions, as one cell with their number. */
export interface Cells {
  /** True class of every cell. */
  labels: number[];
  /** Predicted class of every cell by each model. */
  predictions: number[][];
  /** Images of every cell. */
  counts: number[];
}

/** Gathers the images whose label and predictions by all models are equal. */
export function cellsOf(labels: ArrayLike<number>, models: readonly ArrayLike<number>[]): Cells {
  const cells: Cells = { labels: [], predictions: models.map(() => []), counts: [] };
  const places = new Map<string, number>();
  for (let i = 0; i < labels.length; i++) {
    const key = `${labels[i]}/${models.map((predictions) => predictions[i]).join("/")}`;
    let place = places.get(key);
    if (place === undefined) {
      place = cells.labels.push(labels[i]) - 1;
      models.forEach((predictions, model) => cells.predictions[model].push(predictions[i]));
      cells.counts.push(0);
      places.set(key, place);
    }
    cells.counts[place]++;
  }
  return cells;
}

/**
 * Draws weights of cells of test images for a Bayesian bootstrap within each class: the weights of a class add up to
 * the number of its images.
 *
 * Each image has a weight from the exponential distribution; those of a cell add up to a gamma number.
 *
 * Source: D. B. Rubin, "The Bayesian bootstrap", Annals of Statistics 9 (1981).
 *
 * @param labels True class of every cell. @param counts Images of every cell. @param images Images of every class.
 * @returns Yields one array of weights, `[cells]`, again and again with other weights.
 */
export function* bootstrapWeights(
  { labels, counts }: { labels: ArrayLike<number>; counts: ArrayLike<number> },
  images: ArrayLike<number>,
  draws: number,
  random: Random,
): Generator<Float64Array> {
  const weights = new Float64Array(labels.length);
  const sums = new Float64Array(images.length);
  for (let d = 0; d < draws; d++) {
    sums.fill(0);
    for (let i = 0; i < weights.length; i++) sums[labels[i]] += weights[i] = random.gamma(counts[i]);
    for (let i = 0; i < weights.length; i++) weights[i] *= images[labels[i]] / sums[labels[i]];
    yield weights;
  }
}
