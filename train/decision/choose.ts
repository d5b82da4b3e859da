import type { Member } from "./decide.ts";
import { AlongPoints } from "./along.ts";
import { callSlope, softMean, softRecalls, type Target } from "./objectives.ts";

/** The points that are tried: t from -1 to 3 in tenths. */
export const POINTS: readonly number[] = Array.from({ length: 41 }, (_, i) => (i - 10) / 10);

/** The slope of calls against training images that each target is best at, by trials on three models of CIFAR100-LT. */
const SLOPES: Readonly<Record<Target, number>> = { mean: 0, balanced: 0, hmean: -0.15, lowest: -0.15 };

/** Images that a point is chosen by: never those that a model was trained on, never those that it is tested on. */
export interface Choosing {
  /** Logits of the images. */
  members: readonly Member[];
  /** `[images]`; null for images whose class is not known, of which about as many should be of each class. */
  labels: ArrayLike<number> | null;
  /** Number of classes. */
  classes: number;
  /** `[classes]`, training images. */
  counts: ArrayLike<number>;
  /** Called before each block of images, as a choice never waits; what it throws ends the choice. */
  check?: (() => void) | undefined;
}

/** A chosen point. */
export interface Chosen {
  /** The t of `logits - t log N`. */
  t: number;
  /** The number that it was chosen for. */
  target: Target;
  /** By labelled images, or by how often the classes are called on unlabelled images. */
  by: "labels" | "slope";
  /** Images that it was chosen by. */
  images: number;
  /** The slope of calls against training images at t = 0 and at the chosen t. */
  slope: { before: number; after: number };
}

/**
 * Chooses the t of `logits - t log N`.
 *
 * With labels: the largest soft mean of the classes' recalls (harmonic for `hmean`) over t from -1 to 3 in tenths. Without:
 * the t where the slope of {@linkcode callSlope} is that of the target.
 *
 * @param giveUp Most points of mean recall that it may cost beside t = 0, in per cent; null: any.
 * @throws {RangeError} without images, where all classes have as many training images, or for `giveUp` without labels.
 *
 * @example
 * ```ts
 * import { choosePoint } from "everyclass/train";
 * // Four validation images of two classes, all taken for the frequent one.
 * const members = [{ logits: Float32Array.of(3, 0, 3, 0, 2, 1, 2, 1) }];
 * const { t } = choosePoint({ members, labels: [0, 0, 1, 1], classes: 2, counts: [100, 10] });
 * console.log(t > 0); // true: logits - t log N gives the rare class its due
 * ```
 */
export function choosePoint(by: Choosing, target: Target = "hmean", giveUp: number | null = null): Chosen {
  const { members, labels, classes, counts, check } = by;
  const images = members[0].logits.length / classes;
  if (images === 0) {
    throw new RangeError(
      "Cannot choose t: it takes images that no model was trained or is tested on, current are none",
    );
  }
  checkChoice({ counts, isLabelled: labels !== null }, giveUp);
  const along = new AlongPoints(members, counts, check);
  const slopeAt = (t: number) => callSlope(along.at(t, null).called, counts);
  const perClass = labels && classCounts(labels, classes);
  const t = labels && target !== "balanced"
    ? byLabels((t) => softRecalls(along.at(t, labels).right, perClass!), target, giveUp)
    : bySlope(slopeAt, SLOPES[target]);
  return {
    t,
    target,
    by: labels && target !== "balanced" ? "labels" : "slope",
    images,
    slope: { before: slopeAt(0), after: slopeAt(t) },
  };
}

function classCounts(labels: ArrayLike<number>, classes: number): Uint32Array {
  const counts = new Uint32Array(classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  return counts;
}

/**
 * Refuses what no images could choose a point by, as {@linkcode choosePoint} does, before images are looked at.
 *
 * @throws {RangeError} where all classes have as many training images, or for `giveUp` without labels.
 */
export function checkChoice(
  { counts, isLabelled }: Pick<Choosing, "counts"> & { isLabelled: boolean },
  giveUp: number | null,
): void {
  if (areAlike(counts)) {
    throw new RangeError(
      `Cannot choose t: it takes classes of different numbers of training images, current ones all have ${
        counts[0]
      }: ` +
        "log N takes the same off all of them",
    );
  }
  if (giveUp !== null && !isLabelled) {
    throw new RangeError(
      "Cannot weigh what is given up: it takes labelled images, current ones have no labels: leave giveUp out, or give " +
        "validation images",
    );
  }
}

/** Tells whether t log N takes the same off all classes, so that no t changes a prediction. */
export function areAlike(counts: ArrayLike<number>): boolean {
  return new Set(Array.from(counts, (n) => Math.max(n, 1))).size === 1;
}

/** The point of the largest soft mean among those that give up no more than is allowed. */
function byLabels(
  recallsAt: (t: number) => Float64Array,
  target: Exclude<Target, "balanced">,
  giveUp: number | null,
): number {
  const tried = POINTS.map((t) => {
    const recalls = recallsAt(t);
    return { t, value: softMean(recalls, target), mean: softMean(recalls, "mean") };
  });
  const least = giveUp === null ? -Infinity : tried.find(({ t }) => t === 0)!.mean - giveUp / 100;
  const allowed = tried.filter(({ mean }) => mean >= least);
  return allowed.reduce((best, one) => one.value > best.value ? one : best).t;
}

/** The t at which the slope, which falls as t grows, is the wanted one, between tenths by a line; else the nearer end. */
function bySlope(slopeAt: (t: number) => number, wanted: number): number {
  let [before, slope] = [POINTS[0], slopeAt(POINTS[0])];
  if (slope <= wanted) return before;
  for (const t of POINTS.slice(1)) {
    const next = slopeAt(t);
    if (next <= wanted) return before + (t - before) * (slope - wanted) / (slope - next);
    [before, slope] = [t, next];
  }
  return POINTS.at(-1)!;
}
