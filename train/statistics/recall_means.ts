/** The recall that stands for 0 in the geometric and harmonic mean, as a fraction. */
export const RECALL_FOR_ZERO = 1e-3;

/** Share of the classes whose mean recall is that of the worst classes. */
const WORST_SHARE = 0.05;

/** Numbers that recalls of all classes come to, as fractions. */
export interface RecallMeans {
  /** Arithmetic mean of the recalls: the balanced accuracy. */
  mean: number;
  /** Geometric mean, recalls below 0.001 counted as 0.001. */
  gmean: number;
  /** Harmonic mean, recalls below 0.001 counted as 0.001. */
  hmean: number;
  /** The smallest recall. */
  lowest: number;
  /** Mean recall of the lowest 5 % of the classes, at least one class. */
  lowestShare: number;
}

/** The names of the numbers, in the order of a table. */
export const RECALL_MEANS = ["mean", "gmean", "hmean", "lowest", "lowestShare"] as const;

/**
 * The numbers that the recalls of all classes come to.
 *
 * @param recalls Recall of every class, as a fraction; at least one class.
 */
export function recallMeans(recalls: ArrayLike<number>): RecallMeans {
  const classes = recalls.length;
  const sorted = Float64Array.from(recalls).sort();
  const worst = Math.ceil(WORST_SHARE * classes);
  let [sum, logs, inverses, lowest] = [0, 0, 0, 0];
  for (let i = 0; i < classes; i++) {
    const floored = Math.max(sorted[i], RECALL_FOR_ZERO);
    sum += sorted[i];
    logs += Math.log(floored);
    inverses += 1 / floored;
    if (i < worst) lowest += sorted[i];
  }
  return {
    mean: sum / classes,
    gmean: Math.exp(logs / classes),
    hmean: classes / inverses,
    lowest: sorted[0],
    lowestShare: lowest / worst,
  };
}
