import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ImageCache } from "../decode/mod.ts";

/** What all sets of labelled images have. */
export interface Labelled {
  /** [count], a view of a SharedArrayBuffer. */
  labels: Uint32Array;
  /** How many images. */
  count: number;
  /** Rows of an image as a Loader delivers it. */
  height: number;
  /** Columns of it. */
  width: number;
  /** 3 for colour, 1 for grey. */
  channels: number;
}

/** Images held whole, all of one size: 8 bits a channel, channels last, in shared memory so that Workers see them. */
export interface MemoryImages extends Labelled {
  /** What tells it from the other. */
  kind: "memory";
  /** [count, height, width, channels], a view of a SharedArrayBuffer. */
  images: Uint8Array;
}

/** Images in files, of any size and encoding: Workers decode each when its turn comes. */
export interface EncodedImages extends Labelled {
  /** What tells it from the other. */
  kind: "encoded";
  /** [count], absolute paths; of several images in one file, the same path. */
  files: readonly string[];
  /** [count, 2], where an image begins in its file and how many bytes it has; null: it is the file. */
  ranges: Float64Array | null;
  /** Shorter side in pixels to which an image is shrunk or stretched when it is decoded; null: it stays as it is. */
  shorter: number | null;
  /** Most pixels of an image, by its header: what has more is refused before it is decoded. */
  maxPixels: number;
  /** How many images of a pass may be broken; those come as black. */
  maxBroken: number;
  /** Where decoded images are kept; null: nowhere. */
  cache: ImageCache | null;
}

/** Labelled images, to be had by a Loader. */
export type ImageSet = MemoryImages | EncodedImages;

/**
 * An image set in shared memory, all zero.
 *
 * @example
 * ```ts
 * import { newImageSet } from "everyclass/data";
 * const set = newImageSet(100, 32, 32, 3);
 * set.images.fill(255);
 * ```
 */
export function newImageSet(count: number, height: number, width: number, channels: number): MemoryImages {
  return {
    kind: "memory",
    images: new Uint8Array(new SharedArrayBuffer(count * height * width * channels)),
    labels: sharedLabels(count),
    count,
    height,
    width,
    channels,
  };
}

/** Labels in shared memory, all 0. */
export function sharedLabels(count: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * count));
}

/**
 * The images at `indices`, in that order; what is in memory is copied.
 *
 * @throws {RangeError} when an index is not below the count.
 *
 * @example
 * ```ts
 * import { newImageSet, subset } from "everyclass/data";
 * console.log(subset(newImageSet(100, 32, 32, 3), Uint32Array.of(7, 9)).count); // 2
 * ```
 */
export function subset<S extends ImageSet>(set: S, indices: Uint32Array): S;
export function subset(set: ImageSet, indices: Uint32Array): ImageSet {
  const bad = indices.find((index) => index >= set.count);
  if (bad !== undefined) {
    throw new RangeError(
      `Cannot take a subset: it takes indices below ${set.count}, current index is ${bad}`,
    );
  }
  const count = indices.length;
  const labels = sharedLabels(count);
  indices.forEach((index, i) => labels[i] = set.labels[index]);
  if (set.kind === "encoded") {
    const files = Array.from(indices, (index) => set.files[index]);
    const ranges = set.ranges && new Float64Array(2 * count);
    indices.forEach((index, i) => ranges?.set(set.ranges!.subarray(2 * index, 2 * index + 2), 2 * i));
    return { ...set, labels, count, files, ranges };
  }
  const size = set.height * set.width * set.channels;
  const images = new Uint8Array(new SharedArrayBuffer(count * size));
  indices.forEach((index, i) => images.set(set.images.subarray(index * size, (index + 1) * size), i * size));
  return { ...set, labels, count, images };
}

/**
 * A digest of all that decides the pixels and labels of a set, SHA-256 in hex. Of files it is their names, sizes and
 * times of change that count, not where they are.
 *
 * @example
 * ```ts
 * import { digestOf, newImageSet } from "everyclass/data";
 * console.log(digestOf(newImageSet(1, 2, 2, 1)).length); // 64 digits
 * ```
 */
export function digestOf(set: ImageSet): string {
  const hash = createHash("sha256").update(set.labels);
  const { height, width, channels } = set;
  hash.update(JSON.stringify([height, width, channels]));
  if (set.kind === "memory") return hash.update(set.images).digest("hex");
  hash.update(JSON.stringify([set.shorter, set.maxPixels]));
  if (set.ranges) hash.update(set.ranges);
  if (set.files.some((file) => DECODED_ANEW.test(file))) hash.update("2");
  let [last, facts] = ["", ""];
  for (const file of set.files) {
    if (file !== last) facts = factsOf(last = file);
    hash.update(facts);
  }
  return hash.digest("hex");
}

/** Files that come to other pixels than in the version before: what was made of those is not of these images. */
const DECODED_ANEW = /\.(gif|tiff?)$/i;

/** Name, size and time of change of a file; of one that is gone since it was found, the name alone. */
function factsOf(file: string): string {
  try {
    const { size, mtime } = Deno.statSync(file);
    return JSON.stringify([basename(file), size, mtime?.getTime() ?? null]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return JSON.stringify([basename(file)]);
    throw error;
  }
}

/**
 * How many images each class has.
 *
 * @returns [classes].
 * @throws {RangeError} when a label is not below `classes`.
 *
 * @example
 * ```ts
 * import { classCounts } from "everyclass/data";
 * console.log(classCounts(Uint32Array.of(0, 2, 2), 3)); // [1, 0, 2]
 * ```
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
  set: Labelled,
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
