import { LegacyRandom } from "../base/random.ts";
import { classCounts, indicesByClass } from "./class_counts.ts";

/** The law by which classes shrink: geometrically, or as quantiles of a Pareto distribution. */
export type Profile = "exponential" | "pareto";

/** Options of the cut from a balanced set to a long tail. */
export interface LongTailOptions {
  /** Imbalance ratio: images of the largest class over images of the smallest, 1 or more. */
  ratio: number;
  /** Seed of the choice of images; 0, the default, gives the images that the field uses. */
  seed?: number | undefined;
  /** The law by which classes shrink. Default `"exponential"`. */
  profile?: Profile | undefined;
  /** Power of the Pareto distribution. Default 6. */
  alpha?: number | undefined;
}

/** The power that ImageNet-LT and Places-LT were cut with. */
const ALPHA = 6;

/**
 * The number of images that each class keeps, in float64 as Python computes it, rounded down.
 *
 * - `exponential`: `head * (1 / ratio) ** (i / (classes - 1))`, as CIFAR-LT;
 * - `pareto`: `head * x(i) / x(0)`, but not below `head / ratio`, where `x(i) = (1 - u) ** (-1 / alpha) - 1` is the
 *   quantile of NumPy's `pareto` (Lomax) at `u = (classes - i) / (classes + 1)`. ImageNet-LT's authors drew their
 *   counts from that distribution; its quantiles need no draw. With head 1,280, ratio 256 and 1,000 classes they come
 *   to 117,137 images, 1.1 % more than the published list's 115,846. Places-LT's list is far from them (62,500 images,
 *   and 213,550 from head 4,980, ratio 996 and 365 classes). For published numbers take the published list.
 *
 * @param head images of class 0. @param alpha Power of the Pareto distribution.
 * @throws {RangeError} when the ratio is below 1 or alpha is not above 0.
 * Source: Liu et al., "Large-Scale Long-Tailed Recognition in an Open World", CVPR 2019.
 *
 * @example
 * ```ts
 * import { longTailCounts } from "everyclass/data";
 * console.log(longTailCounts(500, 3, 100)); // [500, 50, 5]
 * ```
 */
export function longTailCounts(
  head: number,
  classes: number,
  ratio: number,
  profile: Profile = "exponential",
  alpha = ALPHA,
): Uint32Array {
  if (!(ratio >= 1 && Number.isFinite(ratio))) {
    throw new RangeError(
      `Cannot cut a long tail: it takes an imbalance ratio of 1 or more, current is ${ratio}`,
    );
  }
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    throw new RangeError(`Cannot cut a long tail: it takes an alpha above 0, current is ${alpha}`);
  }
  const quantile = (i: number) => ((i + 1) / (classes + 1)) ** (-1 / alpha) - 1;
  return Uint32Array.from({ length: classes }, (_, i) => {
    if (profile === "pareto") return Math.floor(Math.max(head * quantile(i) / quantile(0), head / ratio));
    const share = classes > 1 ? i / (classes - 1) : 0;
    return Math.floor(head * (1 / ratio) ** share);
  });
}

/**
 * The images of a balanced training set that its long-tailed version keeps: CIFAR10-LT, CIFAR100-LT and the like.
 *
 * One random stream (NumPy's legacy generator) goes over the classes in label order; the ascending indices of each are
 * shuffled and the first `longTailCounts` indices are kept, or all where a class has fewer.
 *
 * @returns the indices kept, class by class; with ratio 1 all indices, ascending.
 * @throws {RangeError} when the ratio is below 1, a label is not below `classes`, or the seed is no 32-bit integer.
 *
 * @example
 * ```ts
 * import { longTailIndices } from "everyclass/data";
 * const labels = Uint32Array.from({ length: 300 }, (_, i) => i % 3);
 * console.log(longTailIndices(labels, 3, { ratio: 100 }).length); // 111 of 300: 100, 10 and 1
 * ```
 */
export function longTailIndices(
  labels: Uint32Array,
  classes: number,
  { ratio, seed = 0, profile, alpha }: LongTailOptions,
): Uint32Array {
  const available = classCounts(labels, classes);
  const head = available.reduce((a, b) => Math.max(a, b), 0);
  const counts = longTailCounts(head, classes, ratio, profile, alpha);
  if (ratio === 1) return Uint32Array.from(labels, (_, i) => i);
  const random = new LegacyRandom(seed);
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
