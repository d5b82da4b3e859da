/** Counts of a model on the test images. */
export interface Tally {
  classes: number;
  /** Test images of every class. */
  images: Uint32Array;
  /** Images of every class that the model has right. */
  right: Uint32Array;
  /** Images that the model takes for each class, rightly or not. */
  predicted: Uint32Array;
}

/**
 * Counts the images of every class and a model's predictions.
 *
 * @param labels True class of every test image. @param predictions Predicted class of every test image.
 * @throws {RangeError} when the lengths differ, a class is out of range, or there are no test images.
 */
export function tallyOf(labels: ArrayLike<number>, predictions: ArrayLike<number>, classes: number): Tally {
  if (labels.length !== predictions.length) {
    throw new RangeError(
      `Cannot count predictions: it takes one for every label, current are ${predictions.length} predictions, ${labels.length} labels`,
    );
  }
  const tally = {
    classes,
    images: new Uint32Array(classes),
    right: new Uint32Array(classes),
    predicted: new Uint32Array(classes),
  };
  for (let i = 0; i < labels.length; i++) {
    for (const [name, value] of [["label", labels[i]], ["prediction", predictions[i]]] as const) {
      if (!(Number.isInteger(value) && value >= 0 && value < classes)) {
        throw new RangeError(
          `Cannot count predictions: it takes classes from 0 to ${classes - 1}, ${name} ${i} is ${value}`,
        );
      }
    }
    tally.images[labels[i]]++;
    tally.predicted[predictions[i]]++;
    if (labels[i] === predictions[i]) tally.right[labels[i]]++;
  }
  if (labels.length === 0) {
    throw new RangeError(
      "Cannot count predictions: it takes test images, current are none: the test set was cut or belongs to another data set",
    );
  }
  return tally;
}

/** The labels of the classes that have test images. @param images Test images of every class. */
export function testedLabels(images: ArrayLike<number>): number[] {
  return Array.from(images).flatMap((count, label) => count > 0 ? [label] : []);
}

/** The values of some classes, in their order. @param values A value for every class. */
export function pick(values: Uint32Array, labels: readonly number[]): Uint32Array {
  return Uint32Array.from(labels, (label) => values[label]);
}
