/** Labelled images as stored: 8 bits a channel, channels last, in shared memory so that Workers see them. */
export interface ImageSet {
  /** [count, height, width, channels], a view of a SharedArrayBuffer. */
  images: Uint8Array;
  /** [count], a view of a SharedArrayBuffer. */
  labels: Uint32Array;
  /** How many images. */
  count: number;
  /** Rows of an image. */
  height: number;
  /** Columns of an image. */
  width: number;
  /** 3 for colour, 1 for grey. */
  channels: number;
}

/**
 * An image set in shared memory, all zero.
 *
 * @example
 * ```ts
 * import { newImageSet } from "./data/mod.ts";
 * const set = newImageSet(100, 32, 32, 3);
 * set.images.fill(255);
 * ```
 */
export function newImageSet(count: number, height: number, width: number, channels: number): ImageSet {
  return {
    images: new Uint8Array(new SharedArrayBuffer(count * height * width * channels)),
    labels: new Uint32Array(new SharedArrayBuffer(4 * count)),
    count,
    height,
    width,
    channels,
  };
}

/**
 * The images at `indices`, copied, in that order.
 *
 * @throws {RangeError} when an index is not below the count.
 */
export function subset(set: ImageSet, indices: Uint32Array): ImageSet {
  const { height, width, channels } = set;
  const size = height * width * channels;
  const part = newImageSet(indices.length, height, width, channels);
  indices.forEach((index, i) => {
    if (index >= set.count) {
      throw new RangeError(
        `Cannot take a subset: it takes indices below ${set.count}, current index is ${index}`,
      );
    }
    part.images.set(set.images.subarray(index * size, (index + 1) * size), i * size);
    part.labels[i] = set.labels[index];
  });
  return part;
}

/**
 * How many images each class has.
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

/** Copies labels as a file holds them, checked. */
export function setLabels(
  set: ImageSet,
  at: number,
  labels: ArrayLike<number>,
  classes: number,
  file: string,
): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw labelOutOfRange(file, i, label, classes);
    }
    set.labels[at + i] = label;
  }
}

function labelOutOfRange(what: string, index: number, label: number, classes: number): RangeError {
  return new RangeError(
    `Cannot read ${what}: it takes labels from 0 to ${
      classes - 1
    }, current label of image ${index} is ${label}: ` +
      "the file is damaged or of another dataset",
  );
}
