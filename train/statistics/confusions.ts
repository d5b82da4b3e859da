/** Images of one class that a model takes for another. */
export interface Confusion {
  /** The true class. */
  from: number;
  /** The class that the model takes them for. */
  to: number;
  /** Number of images. */
  images: number;
}

/**
 * Counts how often images of each class are taken for each class: `[true class][predicted class]` in one array, row by row.
 *
 * @returns `[classes, classes]`.
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): Uint32Array {
  const matrix = new Uint32Array(classes * classes);
  for (let i = 0; i < labels.length; i++) matrix[labels[i] * classes + predictions[i]]++;
  return matrix;
}

/** The confusions of a matrix, those of most images first; of equal ones the lower classes first. */
export function confusionPairs(matrix: ArrayLike<number>, classes: number): Confusion[] {
  const pairs: Confusion[] = [];
  for (let from = 0; from < classes; from++) {
    for (let to = 0; to < classes; to++) {
      const images = matrix[from * classes + to];
      if (from !== to && images > 0) pairs.push({ from, to, images });
    }
  }
  return pairs.sort((a, b) => b.images - a.images);
}

/** Number of images a confusion takes more (or, below 0, fewer) after than before. */
export interface ConfusionChange extends Confusion {
  /** Images before; `images` are those after. */
  before: number;
}

/** The confusions that changed between two models, those that grew most first. */
export function confusionChanges(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  classes: number,
): ConfusionChange[] {
  const pairs: ConfusionChange[] = [];
  for (let i = 0; i < after.length; i++) {
    const [from, to] = [Math.floor(i / classes), i % classes];
    if (from !== to && before[i] !== after[i]) {
      pairs.push({ from, to, images: after[i], before: before[i] });
    }
  }
  return pairs.sort((a, b) => (b.images - b.before) - (a.images - a.before));
}
