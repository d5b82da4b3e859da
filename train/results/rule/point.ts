import { plural } from "../../progress/count.ts";
import { areAlike, choosePoint, type Chosen } from "../../decision/choose.ts";
import type { Member, Rule } from "../../decision/decide.ts";
import { AlongPoints } from "../../decision/along.ts";
import { callSlope, type Target } from "../../decision/objectives.ts";
import type { ClassifierSetup } from "../../setup/setup.ts";
import { MEASURE_NAMES } from "../../verdict/words.ts";
import { CURVE_POINTS, type CurvePoint, pointCurve } from "./curve.ts";

/** Up to this ratio of the largest class to the smallest the test images' classes count as about equally frequent. */
const BALANCED = 1.5;

/** The point on the line `logits - t log N` that a model goes by, and the test images along that line. */
export interface Point {
  /** The t in use; 0: nothing is taken off. */
  t: number;
  /** The kind of images that the point was chosen by; null where it was not chosen but given. */
  by: Chosen["by"] | null;
  /** The number that it was chosen for; null where it was given. */
  target: Target | null;
  /** Validation images that it was chosen by; null where it was given. */
  images: number | null;
  /** The slope of calls on those images at t = 0 and at t; null where it was given. */
  slope: { before: number; after: number } | null;
  /** From t = -1 to 2, and the t in use; in per cent. */
  curve: CurvePoint[];
}

/** The images and classes of a run that a point is looked at on. */
type PointSetup = Pick<ClassifierSetup, "dataset" | "counts">;

/**
 * Looks at the test images along the line of a model's points.
 *
 * @param members The model's logits of the test images, nothing taken off. @param check Called before each block of images.
 * @returns Null where no point differs from another: without counts, with counts that are all alike, or with costs, which
 * draw other borders.
 */
export function pointOf(
  { dataset: { test }, counts: { length: classes } }: PointSetup,
  members: readonly Member[],
  { adjust: t, counts, costs }: Rule,
  chosen: Chosen | null,
  check: () => void,
): Point | null {
  if (counts === null || costs !== null || areAlike(counts)) return null;
  const points = [...new Set([...CURVE_POINTS, t])].sort((a, b) => a - b);
  const { by = null, target = null, images = null, slope = null } = chosen ?? {};
  const curve = pointCurve({ members, labels: test.labels, classes, counts }, points, check);
  return { t, by, target, images, slope, curve };
}

/** The slope of calls on the test images, for which no label is looked at. */
export interface TestSlope {
  /** At the point in use. */
  slope: number;
  /** The t that goes by the slope: the one that would be chosen for the H-mean on such images without labels. */
  suggests: number;
}

/**
 * The slope of calls on the test images at the point of a rule.
 *
 * @param check Called before each block of images.
 * @returns Null where a frequent class may be called often because it comes often, or the slope is not defined.
 */
export function testSlope(
  { dataset: { test } }: PointSetup,
  members: readonly Member[],
  { adjust, counts }: Rule,
  check: () => void,
): TestSlope | null {
  const images = test.classCounts();
  const isBalanced = Math.max(...images) < BALANCED * Math.min(...images);
  if (!isBalanced || counts === null || areAlike(counts)) return null;
  const slope = callSlope(new AlongPoints(members, counts, check).at(adjust, null).called, counts);
  const { t: suggests } = choosePoint({ members, labels: null, classes: counts.length, counts, check });
  return { slope, suggests };
}

/** Aims of a choice, as they stand after `for`. */
const AIMS: Readonly<Record<Target, string>> = {
  hmean: "the H-mean",
  lowest: "the lowest recall",
  mean: "the mean recall",
  balanced: "calls as frequent as their classes",
};

/** A value of t as a sentence has it. */
export const pointText = (t: number): string => `t = ${Number(t.toFixed(2))}`;

/** `chosen on 500 validation images for the H-mean`; null where the point was not chosen. */
export function choiceWords({ images, target, by }: Pick<Point, "images" | "target" | "by">): string | null {
  if (images === null || target === null) return null;
  const count = plural(images, by === "labels" ? "validation image" : "image");
  return by === "labels"
    ? `chosen on ${count} for ${AIMS[target]}`
    : `chosen for ${AIMS[target]} by how often each class is called on ${count}`;
}

/** The point of a curve with this t. */
export function pointAt({ curve }: Pick<Point, "curve">, t: number): CurvePoint {
  return curve.find((point) => point.t === t)!;
}

/**
 * One sentence on a chosen point, with the number that it was chosen for on the test images, with it and without. It
 * judges nothing: that is for the tests of the verdict.
 *
 * @returns Null where the point was not chosen.
 */
export function pointSentence(point: Point | null): string | null {
  const choice = point && choiceWords(point);
  if (!choice) return null;
  if (point.t === 0) return `Not adjusted: t = 0 was ${choice}.`;
  // Calls have no recall of their own; the mean recall weighs all classes alike.
  const key = point.target === "balanced" ? "mean" : point.target!;
  const [used, without] = [point.t, 0].map((t) => `${pointAt(point, t)[key].toFixed(1)} %`);
  return `Adjusted by ${pointText(point.t)}, ${choice}; on the test images the ${
    MEASURE_NAMES[key]
  } is ${used} with it, ` +
    `${without} without.`;
}
