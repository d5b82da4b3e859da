import type { Cells } from "./bootstrap.ts";
import type { Random } from "./random.ts";
import type { RecallDraws } from "./recall_draws.ts";

/** Least share of the classes beside one: a class alone has no other that its images could go to. */
const LEAST = 1e-9;

/** A model's part of the cells. */
interface Model {
  recalls: RecallDraws;
  /** Class that each cell is taken for. */
  predictions: readonly number[];
  /** Share of each class in the wrong predictions of all images. */
  wrongShares: Float64Array;
}

/**
 * Draws macro F1 of models on the same test images: `[models][draws]`.
 *
 * The recall of a class is that of the draws of recalls, which lean on the other classes. The images that a class
 * loses go to other classes as the test images show, each image with an exponential weight, and one image more that
 * is spread as the wrong predictions of all classes are: a class that nothing is taken for so far has a chance yet.
 * All models share the weights. Weights alone, without the draws of recalls, take a class for hopeless that has no
 * image right.
 *
 * @param models Draws of recalls of each model in the cells. @param images Test images of every class.
 * @param check Called before each draw.
 */
export function f1Draws(
  cells: Cells,
  models: readonly RecallDraws[],
  images: ArrayLike<number>,
  random: Random,
  check: () => void = () => {},
): Float64Array[] {
  const { labels, counts } = cells;
  const { draws } = models[0];
  const parts = models.map((recalls, m): Model => ({
    recalls,
    predictions: cells.predictions[m],
    wrongShares: wrongSharesOf(cells, m, images),
  }));
  const f1 = models.map(() => new Float64Array(draws));
  const weights = new Float64Array(labels.length);
  const extra = new Float64Array(images.length);
  for (let d = 0; d < draws; d++) {
    check();
    for (let i = 0; i < weights.length; i++) weights[i] = random.gamma(counts[i]);
    for (let c = 0; c < extra.length; c++) if (images[c] > 0) extra[c] = random.gamma(1);
    parts.forEach((part, m) => f1[m][d] = macroF1Of(part, d, labels, weights, extra, images));
  }
  return f1;
}

function macroF1Of(
  { recalls: { recalls, classes }, predictions, wrongShares }: Model,
  draw: number,
  labels: readonly number[],
  weights: Float64Array,
  extra: Float64Array,
  images: ArrayLike<number>,
): number {
  const row = recalls.subarray(draw * classes, (draw + 1) * classes);
  // Weights of the wrong images of each class, then wrong images by weight.
  const wrong = extra.slice();
  for (let i = 0; i < weights.length; i++) if (predictions[i] !== labels[i]) wrong[labels[i]] += weights[i];
  for (let c = 0; c < classes; c++) if (images[c] > 0) wrong[c] = images[c] * (1 - row[c]) / wrong[c];
  const predicted = new Float64Array(classes);
  for (let i = 0; i < weights.length; i++) {
    if (predictions[i] !== labels[i]) predicted[predictions[i]] += wrong[labels[i]] * weights[i];
  }
  // The image more of each class goes to the others.
  let all = 0;
  for (let c = 0; c < classes; c++) all += wrong[c] *= extra[c] / Math.max(1 - wrongShares[c], LEAST);
  let [sum, tested] = [0, 0];
  for (let c = 0; c < classes; c++) {
    if (images[c] === 0) continue;
    tested++;
    const right = images[c] * row[c];
    sum += 2 * right / (images[c] + right + predicted[c] + wrongShares[c] * (all - wrong[c]));
  }
  return sum / tested;
}

/** Share of each class in a model's wrong predictions, half an image added to each that has test images. */
function wrongSharesOf(
  { labels, predictions, counts }: Cells,
  model: number,
  images: ArrayLike<number>,
): Float64Array {
  const shares = Float64Array.from(images, (count) => count > 0 ? 0.5 : 0);
  let sum = shares.reduce((a, b) => a + b);
  labels.forEach((label, i) => {
    if (predictions[model][i] === label) return;
    shares[predictions[model][i]] += counts[i];
    sum += counts[i];
  });
  return shares.map((share) => share / sum);
}
