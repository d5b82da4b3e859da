import { classCounts } from "./image_set.ts";
import { LegacyRandom } from "./random.ts";

/**
 * How many images each class keeps: `floor(head * (1 / ratio) ** (i / (classes - 1)))`, in float64 as Python computes it.
 *
 * @param head images of class 0, `head / ratio` those of the last class.
 * @throws {RangeError} when the ratio is below 1.
 */
export function longTailCounts(head: number, classes: number, ratio: number): Uint32Array {
  if (!(ratio >= 1 && Number.isFinite(ratio))) {
    throw new RangeError(
      `Cannot cut a long tail: it takes an imbalance ratio of 1 or more, current is ${ratio}`,
    );
  }
  return Uint32Array.from({ length: classes }, (_, i) => {
    const share = classes > 1 ? i / (classes - 1) : 0;
    return Math.floor(head * (1 / ratio) ** share);
  });
}

/**
 * Which images of a balanced training set its long-tailed version keeps: CIFAR10-LT, CIFAR100-LT and the like.
 *
 * One random stream (NumPy's legacy generator) goes over the classes in label order; the ascending indices of each are
 * shuffled and the first `longTailCounts` of them kept, or all where a class has fewer.
 *
 * @param options `ratio` largest class over smallest; `seed` 0 for the field's usual images.
 * @returns the indices kept, class by class. With ratio 1 all of them, as they stand.
 * @throws {RangeError} when the ratio is below 1, a label is not below `classes`, or the seed is no 32-bit integer.
 *
 * @example
 * ```ts
 * import { loadDataset, longTail, subset } from "./data/mod.ts";
 * const { train, classNames } = await loadDataset("cifar100", "datasets");
 * const tail = subset(train, longTail(train.labels, classNames.length, { ratio: 100, seed: 0 })); // 10,847 images
 * ```
 */
export function longTail(
  labels: Uint32Array,
  classes: number,
  options: { ratio: number; seed: number },
): Uint32Array {
  const available = classCounts(labels, classes);
  const head = available.reduce((a, b) => Math.max(a, b), 0);
  const counts = longTailCounts(head, classes, options.ratio);
  if (options.ratio === 1) return Uint32Array.from(labels, (_, i) => i);
  const random = new LegacyRandom(options.seed);
  const kept = new Uint32Array(labels.length);
  let count = 0;
  for (const [label, indices] of indicesByClass(labels, classes).entries()) {
    random.shuffle(indices);
    const first = indices.subarray(0, counts[label]);
    kept.set(first, count);
    count += first.length;
  }
  return kept.slice(0, count);
}

/** The ascending indices of each class. */
export function indicesByClass(labels: Uint32Array, classes: number): Uint32Array[] {
  const lists = Array.from(classCounts(labels, classes), (count) => new Uint32Array(count));
  const filled = new Uint32Array(classes);
  labels.forEach((label, i) => lists[label][filled[label]++] = i);
  return lists;
}
