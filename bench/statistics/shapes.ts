import type { Random } from "../../train/statistics/draws/random.ts";

/** Test sets of one kind: how many classes, images of a class, and how the true recalls are spread. */
export interface Shape {
  name: string;
  classes: number;
  images(random: Random): number;
  recall(random: Random, label: number): number;
}

const smallClasses = ({ uniform }: Random) => 10 + Math.floor(51 * uniform());

/** Kinds of test sets that users have. */
export const SHAPES: readonly Shape[] = [
  {
    name: "100 x 100, long tail",
    classes: 100,
    images: () => 100,
    // Many classes at 0.03 to 0.1, some at 0.9.
    recall: ({ uniform }, label) =>
      Math.min(0.95, Math.max(0.03, 0.9 * Math.exp(-label / 38) + 0.12 * uniform() - 0.06)),
  },
  {
    name: "100 x 100, three kinds",
    classes: 100,
    images: () => 100,
    recall: ({ beta, uniform }) => {
      const kind = uniform();
      return kind < 0.4 ? beta(8, 90) : kind < 0.7 ? beta(2, 2) : beta(18, 3);
    },
  },
  { name: "100 x 100, all 0.45", classes: 100, images: () => 100, recall: () => 0.45 },
  {
    name: "50 x 100, a seventh near 0",
    classes: 50,
    images: () => 100,
    recall: ({ beta, uniform }) => uniform() < 0.15 ? beta(0.5, 20) : beta(6, 5),
  },
  {
    name: "50 x 5-300, Beta(1.5, 2)",
    classes: 50,
    images: ({ uniform }) => Math.round(5 * 60 ** uniform()),
    recall: ({ beta }) => beta(1.5, 2),
  },
  {
    name: "100 x 100, Beta(1.5, 2.2)",
    classes: 100,
    images: () => 100,
    recall: ({ beta }) => beta(1.5, 2.2),
  },
  {
    name: "100 x 100, a seventh near 0",
    classes: 100,
    images: () => 100,
    recall: ({ beta, uniform }) => uniform() < 0.15 ? beta(0.5, 20) : beta(6, 5),
  },
  { name: "100 x 100, Beta(20, 25)", classes: 100, images: () => 100, recall: ({ beta }) => beta(20, 25) },
  { name: "10 x 1000, Beta(3, 1.2)", classes: 10, images: () => 1000, recall: ({ beta }) => beta(3, 1.2) },
  {
    name: "10 x 1000, one hard class",
    classes: 10,
    images: () => 1000,
    recall: ({ beta }, label) => label === 0 ? beta(1, 40) : beta(20, 4),
  },
  { name: "8 x 10-60, Beta(2, 1.5)", classes: 8, images: smallClasses, recall: ({ beta }) => beta(2, 1.5) },
  { name: "8 x 10-60, Beta(9, 1.5)", classes: 8, images: smallClasses, recall: ({ beta }) => beta(9, 1.5) },
  { name: "24 x 40, Beta(1, 1.8)", classes: 24, images: () => 40, recall: ({ beta }) => beta(1, 1.8) },
];

/** A second model beside the first. */
export interface SecondModel {
  /** Its true recall of a class from that of the first. */
  recall(recall: number): number;
  /** Share of the images that it may take for another class than the first model does; otherwise by agreement. */
  tied?: number;
}

/** Second models by name. */
export const SECOND_MODELS: Readonly<Record<string, SecondModel>> = {
  equal: { recall: (p) => p },
  "same, 5 % ties broken anew": { recall: (p) => p, tied: 0.05 },
  flatter: { recall: (p) => 1 / (1 + Math.exp(-0.2) * ((1 - p) / p) ** 0.5) },
  worse: { recall: (p) => 1 / (1 + Math.exp(0.4) * (1 - p) / p) },
};

/** A true model: its recalls, and the classes that take its wrong images. */
export interface Truth {
  recalls: Float64Array;
  /** `[classes, classes]`: shares of a class's wrong images. */
  wrong: Float64Array;
}

/** A test set with the predictions of two models, and what is true of them. */
export interface Simulation {
  labels: Uint32Array;
  images: Uint32Array;
  before: Uint32Array;
  after: Uint32Array;
  truths: [Truth, Truth];
}

/** Share of the images on which one draw decides whether both models are right. */
const AGREEMENT = 0.6;

/** Draws a test set and two models; wrong images go to a few other classes each. */
export function simulate(shape: Shape, { recall, tied }: SecondModel, random: Random): Simulation {
  const { classes } = shape;
  const floor = (p: number) => Math.min(1 - 1e-6, Math.max(1e-6, p));
  const recalls = Float64Array.from({ length: classes }, (_, c) => floor(shape.recall(random, c)));
  const wrong = wrongShares(classes, random);
  const truths: [Truth, Truth] = [{ recalls, wrong }, { recalls: recalls.map(recall), wrong }];
  const images = Uint32Array.from({ length: classes }, () => shape.images(random));
  const labels = Uint32Array.from(Array.from(images).flatMap((n, c) => new Array<number>(n).fill(c)));
  const predictions = [new Uint32Array(labels.length), new Uint32Array(labels.length)];
  labels.forEach((label, i) => {
    const first = random.uniform();
    const second = tied === undefined && random.uniform() < AGREEMENT ? first : random.uniform();
    [first, second].forEach((value, model) => {
      const isRight = value < truths[model].recalls[label];
      predictions[model][i] = isRight ? label : pick(wrong, label, classes, random);
    });
    if (tied !== undefined && random.uniform() >= tied) predictions[1][i] = predictions[0][i];
  });
  return { labels, images, before: predictions[0], after: predictions[1], truths };
}

/** Macro F1 and the precision of every class of a model on endless images, classes in the test set's shares. */
export function trueF1(
  { recalls, wrong }: Truth,
  images: Uint32Array,
): { f1: number; precisions: Float64Array } {
  const classes = images.length;
  const predicted = recalls.map((recall, c) => recall * images[c]);
  for (let from = 0; from < classes; from++) {
    for (let to = 0; to < classes; to++) {
      predicted[to] += images[from] * (1 - recalls[from]) * wrong[from * classes + to];
    }
  }
  const f1 = recalls.reduce((sum, recall, c) => sum + 2 * recall * images[c] / (images[c] + predicted[c]), 0);
  return { f1: f1 / classes, precisions: recalls.map((recall, c) => recall * images[c] / predicted[c]) };
}

function wrongShares(classes: number, random: Random): Float64Array {
  const shares = new Float64Array(classes * classes);
  for (let from = 0; from < classes; from++) {
    let sum = 0;
    for (let to = 0; to < classes; to++) {
      if (to !== from) sum += shares[from * classes + to] = random.gamma(0.2);
    }
    for (let to = 0; to < classes; to++) shares[from * classes + to] /= sum;
  }
  return shares;
}

function pick(shares: Float64Array, from: number, classes: number, { uniform }: Random): number {
  let left = uniform();
  let last = from === 0 ? 1 : 0;
  for (let to = 0; to < classes; to++) {
    const share = shares[from * classes + to];
    if (share === 0) continue;
    last = to;
    if ((left -= share) < 0) return to;
  }
  return last;
}
