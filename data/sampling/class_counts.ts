/**
 * Counts the images of each class.
 *
 * @returns [classes].
 * @throws {RangeError} when a label is not below `classes`.
 */
export function classCounts(labels: Uint32Array, classes: number): Uint32Array {
  const counts = new Uint32Array(classes);
  labels.forEach((label, i) => {
    if (label >= classes) throw labelOutOfRange("the labels", i, label, classes);
    counts[label]++;
  });
  return counts;
}

/** The ascending indices of each class. @throws {RangeError} when a label is not below `classes`. */
export function indicesByClass(labels: Uint32Array, classes: number): Uint32Array[] {
  const lists = Array.from(classCounts(labels, classes), (count) => new Uint32Array(count));
  const filled = new Uint32Array(classes);
  labels.forEach((label, i) => lists[label][filled[label]++] = i);
  return lists;
}

/** The error for a label that no class has. @param what The labels or their file. @param index Number of the image. */
export function labelOutOfRange(what: string, index: number, label: number, classes: number): RangeError {
  return new RangeError(
    `Cannot read ${what}: it takes labels from 0 to ${
      classes - 1
    }, current label of image ${index} is ${label}: ` +
      "the file is damaged or of another dataset",
  );
}
