// Rows that tell how much the operating point, more looks and more models bring beside the paper's recipe, from logits of the test images.

import { choosePoint, POINTS } from "../decision/choose.ts";
import { callsOf } from "../decision/blocks.ts";
import type { Member } from "../decision/decide.ts";
import { classMetrics, classRecalls, type Metrics } from "../results/metrics.ts";
import { pointCurve } from "../results/rule/curve.ts";
import { randomOf } from "../statistics/draws/random.ts";

/** The logits of the test images by one model, as it came and re-trained, plain and mirrored. */
export interface Logits {
  before: readonly Member[];
  /** An element for each seed of the re-training. */
  after: readonly (readonly Member[])[];
}

/** The test images that logits are of. */
export interface TestImages {
  /** `[images]`. */
  labels: Uint32Array;
  classes: number;
  /** `[classes]`, training images. */
  counts: Uint32Array;
  /** Called before each block of images, as choices and curves never wait. */
  check?: () => void;
}

/** A row of the page: a way to take classes, with the metrics of each seed. */
export interface BeyondRow {
  model: string;
  way: string;
  /** Mean of the points taken, an element for each seed; null as trained. */
  points: number[] | null;
  metrics: Metrics[];
}

/** A way to choose the point, with what it came to on the images it was not chosen by. */
export interface ChoiceRow {
  model: string;
  by: string;
  /** An element for each draw. */
  points: number[];
  /** H-mean at the chosen point, and the largest of all points on the same images, which nobody can know beforehand. */
  hmeans: number[];
  best: number[];
}

/**
 * The rows of some models: as they came and re-trained; with the point chosen by the slope of calls, a second look, and
 * both. With several models, all of them together.
 */
export function beyondRows(models: ReadonlyMap<string, Logits>, test: TestImages): BeyondRow[] {
  const rows = [...models].flatMap(([name, { before, after }]) => [
    ...waysOf(name, "as it came", [before], test),
    ...waysOf(name, "GML", after, test),
    ...after.length > 1
      ? waysOf(name, `${after.length} GML heads on one backbone`, [after.flat()], test)
      : [],
  ]);
  if (models.size < 2) return rows;
  const all = [...models.values()];
  const seeds = Array.from(all[0].after, (_, seed) => all.flatMap(({ after }) => after[seed]));
  const together = `${models.size} models`;
  return [
    ...rows,
    ...waysOf(together, "as they came", [all.flatMap(({ before }) => before)], test),
    ...waysOf(together, "GML", seeds, test),
  ];
}

/** The plain look, and both; each as trained, and at a point by the slope of calls. @param runs An element for each seed. */
function waysOf(
  model: string,
  name: string,
  runs: readonly (readonly Member[])[],
  test: TestImages,
): BeyondRow[] {
  const row = (way: string, looks: number, adjust: boolean): BeyondRow => {
    const results = runs.map((members, seed) => {
      const taken = members.filter((_, i) => i % 2 < looks);
      return adjust ? crossed(taken, test, seed) : { t: 0, metrics: metricsOf(taken, test, 0) };
    });
    return {
      ...{ model, way },
      points: adjust ? results.map(({ t }) => t) : null,
      metrics: results.map(({ metrics }) => metrics),
    };
  };
  return [
    row(name, 1, false),
    row(`${name}, flip`, 2, false),
    row(`${name}, t by slope`, 1, true),
    row(`${name}, t by slope, flip`, 2, true),
  ];
}

/**
 * Metrics over all test images, each half predicted at the point that the other half chose without labels: no image takes
 * part in the choice it is judged by.
 *
 * @returns The mean of both points too.
 */
export function crossed(
  members: readonly Member[],
  test: TestImages,
  seed: number,
): { t: number; metrics: Metrics } {
  const { labels, classes, counts, check } = test;
  const order = shuffled(labels.length, seed);
  const halves = [order.slice(0, order.length >> 1), order.slice(order.length >> 1)];
  const parts = halves.map((half) => pick(members, half, classes));
  const points = parts.map((part) => choosePoint({ members: part, labels: null, classes, counts, check }).t);
  const predictions = new Uint32Array(labels.length);
  halves.forEach((half, i) => {
    const found = predictionsOf(parts[i], test, points[1 - i]);
    half.forEach((image, at) => predictions[image] = found[at]);
  });
  const metrics = classMetrics(classRecalls(predictions, labels, classes), counts);
  return { t: (points[0] + points[1]) / 2, metrics };
}

/** Labelled images of each class, and unlabelled images, that points are chosen by; draws of each. */
const [LABELLED, UNLABELLED, DRAWS] = [[5, 10, 50], [500, 5000], 3];

/** The points chosen by parts of the test images, each judged on the rest. */
export function choiceRows(model: string, members: readonly Member[], test: TestImages): ChoiceRow[] {
  const { labels, classes, counts, check } = test;
  const rowOf = (
    by: string,
    labelled: boolean,
    split: (order: Uint32Array) => (image: number) => boolean,
  ) => {
    const draws = Array.from({ length: DRAWS }, (_, seed) => {
      const order = shuffled(labels.length, seed + 1);
      const isChosen = split(order);
      const [chosen, rest] = [order.filter(isChosen), order.filter((image) => !isChosen(image))];
      const part = pick(members, chosen, classes);
      const known = labelled ? chosen.map((image) => labels[image]) : null;
      const { t } = choosePoint({ members: part, labels: known, classes, counts, check });
      const judged = {
        members: pick(members, rest, classes),
        labels: rest.map((i) => labels[i]),
        classes,
        counts,
      };
      const curve = pointCurve(judged, [...POINTS, t], check);
      return { t, hmean: curve.at(-1)!.hmean, best: Math.max(...curve.map(({ hmean }) => hmean)) };
    });
    return {
      ...{ model, by },
      points: draws.map(({ t }) => t),
      hmeans: draws.map(({ hmean }) => hmean),
      best: draws.map(({ best }) => best),
    };
  };
  const most = Math.min(
    ...Array.from({ length: classes }, (_, c) => labels.filter((label) => label === c).length),
  );
  return [
    ...LABELLED.filter((count) => count < most).map((count) =>
      rowOf(`${count} labelled images a class`, true, (order) => firstOf(order, labels, count))
    ),
    ...UNLABELLED.filter((count) => count < labels.length).map((count) =>
      rowOf(`${count.toLocaleString("en")} images without labels`, false, (order) => {
        const taken = new Set(order.subarray(0, count));
        return (image) => taken.has(image);
      })
    ),
  ];
}

/** Tells the first images of each class, in an order. */
function firstOf(order: Uint32Array, labels: Uint32Array, count: number): (image: number) => boolean {
  const seen = new Map<number, number>();
  const taken = new Set(order.filter((image) => {
    const before = seen.get(labels[image]) ?? 0;
    seen.set(labels[image], before + 1);
    return before < count;
  }));
  return (image) => taken.has(image);
}

function metricsOf(members: readonly Member[], test: TestImages, t: number): Metrics {
  const { labels, classes, counts } = test;
  return classMetrics(classRecalls(predictionsOf(members, test, t), labels, classes), counts);
}

function predictionsOf(
  members: readonly Member[],
  { classes, counts, check }: TestImages,
  adjust: number,
): Uint32Array {
  return callsOf(members, classes, { adjust, counts, costs: null }, check);
}

/** The rows of some images, of every member. */
function pick(members: readonly Member[], images: Uint32Array, classes: number): Member[] {
  return members.map(({ logits, ...member }) => {
    const rows = new Float32Array(images.length * classes);
    images.forEach((image, to) =>
      rows.set(logits.subarray(image * classes, (image + 1) * classes), to * classes)
    );
    return { ...member, logits: rows };
  });
}

/** The numbers below a count in an order drawn by a seed. */
function shuffled(count: number, seed: number): Uint32Array {
  const random = randomOf(seed);
  const keys = Float64Array.from({ length: count }, () => random.uniform());
  return Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => keys[a] - keys[b]);
}
