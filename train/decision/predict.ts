/** Scores of a model: `[images, classes]`, row by row; logits or probabilities. */
export type Scores = Float32Array | Float64Array;

/**
 * Finds the class with the largest score in every row, of equal scores the first.
 *
 * @param scores `[images, classes]`. @param first Number of the first image, for messages.
 * @throws {RangeError} when the scores do not fill whole rows, or a score is not finite.
 *
 * @example
 * ```ts
 * import { predict } from "everyclass/train";
 * console.log(predict(Float32Array.of(0.1, 2, 3, -1), 2)); // Uint32Array [1, 0]
 * ```
 */
export function predict(scores: Scores, classes: number, first = 0): Uint32Array {
  const images = rowsOf(scores, classes);
  const predictions = new Uint32Array(images);
  for (let i = 0; i < images; i++) {
    let best = 0;
    for (let k = 0; k < classes; k++) {
      const score = scores[i * classes + k];
      if (!Number.isFinite(score)) {
        throw new RangeError(
          `Cannot predict: it takes finite scores, class ${k} of image ${
            first + i
          } has ${score}: the weights hold NaN or infinite values, or overflow`,
        );
      }
      if (score > scores[i * classes + best]) best = k;
    }
    predictions[i] = best;
  }
  return predictions;
}

/**
 * Softmax of every row of `logits / temperature`, the row's maximum taken off before exp.
 *
 * @param result Filled and returned; by default a new array.
 */
export function softmax(
  logits: Scores,
  classes: number,
  temperature = 1,
  result: Float64Array = new Float64Array(logits.length),
): Float64Array {
  const images = rowsOf(logits, classes);
  for (let i = 0; i < images; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    let max = -Infinity;
    for (let k = 0; k < classes; k++) max = Math.max(max, row[k]);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += result[i * classes + k] = Math.exp((row[k] - max) / temperature);
    for (let k = 0; k < classes; k++) result[i * classes + k] /= sum;
  }
  return result;
}

/** The rows of scores. @throws {RangeError} when the scores do not fill whole rows. */
export function rowsOf(scores: Scores, classes: number): number {
  if (classes >= 1 && scores.length % classes === 0) return scores.length / classes;
  throw new RangeError(
    `Cannot read scores: it takes [images, classes], current are ${scores.length} values, ${classes} classes`,
  );
}
