/**
 * The mean of F1 over all classes with test images, `2 * right / (images + predicted)`.
 *
 * @param labels True class of every test image, or cell of images. @param images Test images of every class.
 * @param weights Weight of every image or cell; 1 each by default.
 */
export function macroF1(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  images: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const classes = images.length;
  const right = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const weight = weights ? weights[i] : 1;
    predicted[predictions[i]] += weight;
    if (labels[i] === predictions[i]) right[labels[i]] += weight;
  }
  let [sum, tested] = [0, 0];
  for (let c = 0; c < classes; c++) {
    if (images[c] === 0) continue;
    sum += 2 * right[c] / (images[c] + predicted[c]);
    tested++;
  }
  return sum / tested;
}
