/**
 * LDAM's margins, `m_c = largest N_c^(-1/4) / max_k N_k^(-1/4)`: the rarest class keeps the largest distance.
 *
 * @param counts N [C], the training images of each class. @param largest Margin of the rarest class.
 * @returns [C].
 * @throws {RangeError} when a class has no images. Source: Cao et al., "Learning Imbalanced Datasets with
 * Label-Distribution-Aware Margin Loss", NeurIPS 2019.
 *
 * @example
 * ```ts
 * import { ldamMargins } from "everyclass/nn";
 * console.log(ldamMargins([16, 1])); // [0.25, 0.5]
 * ```
 */
export function ldamMargins(counts: ArrayLike<number>, largest = 0.5): Float32Array {
  const least = leastOf(counts, "LDAM's margins");
  return Float32Array.from(counts, (count) => largest * (least / count) ** 0.25);
}

/**
 * Share of each label that is smoothed away, `e_c = e_K + (e_1 - e_K) sin(pi (N_c - N_K) / (2 (N_1 - N_K)))`, 1 the
 * largest class and K the smallest. Large classes are the most over-confident. Classes of equal size get `head`.
 *
 * @param counts N [C], the training images of each class. @param head e_1. @param tail e_K.
 * @returns [C].
 * @throws {RangeError} when a class has no images. Source: Zhong et al., "Improving Calibration for Long-Tailed
 * Recognition", CVPR 2021.
 *
 * @example
 * ```ts
 * import { smoothingFactors } from "everyclass/nn";
 * console.log(smoothingFactors([100, 1], 0.4, 0.1)); // [0.4, 0.1]
 * ```
 */
export function smoothingFactors(counts: ArrayLike<number>, head: number, tail: number): Float32Array {
  const least = leastOf(counts, "smoothing factors");
  const most = Array.from(counts).reduce((a, b) => Math.max(a, b));
  const place = (count: number) => most === least ? 1 : (count - least) / (most - least);
  return Float32Array.from(counts, (count) => tail + (head - tail) * Math.sin(Math.PI / 2 * place(count)));
}

function leastOf(counts: ArrayLike<number>, what: string): number {
  const least = Array.from(counts).reduce((a, b) => Math.min(a, b), Infinity);
  if (least > 0 && least < Infinity) return least;
  throw new RangeError(
    `Cannot work out ${what}: it takes a count above 0 for each class, current ones are ` +
      `${counts.length === 0 ? "none" : `from ${least} on`}: a class has no training images`,
  );
}
