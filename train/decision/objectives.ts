/** Numbers that a point can be chosen for. */
export const targets = ["hmean", "lowest", "mean", "balanced"] as const;

/** A number that a point is chosen for; balanced: classes called as often as they come. */
export type Target = typeof targets[number];

/** Added to the sum of a class's probabilities and, twice, to its images: one image moves no mean to zero. */
const PRIOR = 0.05;

/** Exponents of the power mean of the classes' soft recalls; -8 stands for the smallest, which one image could decide. */
const EXPONENTS = { mean: 1, hmean: -1, lowest: -8 } as const;

/**
 * The soft recall of each class: the mean probability of the true class over its images, drawn a little to 1/2. It moves
 * with every image, where a recall of a few images moves in jumps: over 5 images of 100 classes each a point chosen by
 * recalls is several points of H worse.
 *
 * @param right `[classes]`, the sum of that probability over the images of the class. @param images `[classes]`.
 * @returns `[classes]`; NaN for a class without images.
 */
export function softRecalls(right: Float64Array, images: ArrayLike<number>): Float64Array {
  return right.map((sum, c) => images[c] === 0 ? NaN : (sum + PRIOR) / (images[c] + 2 * PRIOR));
}

/** The power mean of soft recalls that stands for a target; classes without images are left out. */
export function softMean(recalls: Float64Array, target: Exclude<Target, "balanced">): number {
  const exponent = EXPONENTS[target];
  const known = recalls.filter((recall) => !Number.isNaN(recall));
  return (known.reduce((sum, recall) => sum + recall ** exponent, 0) / known.length) ** (1 / exponent);
}

/**
 * The slope of log(how often a class is called) against log(training images): the number of images that the
 * probabilities give to a class, plus one, by least squares over the classes. On images in which classes are about equally
 * frequent it is 0 for a classifier that favours none, and positive for one that favours the frequent classes.
 *
 * @param called `[classes]`, the sum of each class's probabilities. @returns NaN where all classes have equally many
 * training images.
 */
export function callSlope(called: Float64Array, counts: ArrayLike<number>): number {
  const x = Array.from(counts, (n) => Math.log(Math.max(n, 1)));
  const y = Array.from(called, (sum) => Math.log(sum + 1));
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  const products = x.map((value, c) => (value - middleX) * (y[c] - middleY));
  return mean(products) / mean(x.map((value) => (value - middleX) ** 2));
}
