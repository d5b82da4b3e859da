import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { decide, type Member } from "../../../../train/decision/decide.ts";
import { predict } from "../../../../train/decision/predict.ts";
import { CURVE_POINTS, pointCurve } from "../../../../train/results/rule/curve.ts";
import { randomOf } from "../../../../train/statistics/draws/random.ts";
import { draws } from "../../decision/draws.ts";

const countsOf = (classes: number) =>
  Array.from({ length: classes }, (_, c) => Math.round(500 * 0.01 ** (c / Math.max(1, classes - 1))));

/** Members on images whose classes are not equally frequent; `missing` has no image. */
function madeUp(images: number, classes: number, members: number, seed: number, missing = -1) {
  const counts = countsOf(classes);
  const random = randomOf(seed);
  const labels = Array.from({ length: images }, () => Math.floor(classes * random.uniform() ** 2));
  const kept = labels.map((label) => label === missing ? (label + 1) % classes : label);
  const all: Member[] = Array.from({ length: members }, (_, m) => {
    const { logits } = draws(images, classes, seed + 100 * m, counts.map((n) => 0.7 * Math.log(n)));
    kept.forEach((label, i) => logits[i * classes + label] += 2);
    return { logits, temperature: m === 0 ? undefined : 1.5 };
  });
  return { members: all, labels: kept, classes, counts };
}

/** The numbers of a point by their definitions, image by image and class by class. */
function byHand({ members, labels, classes, counts }: ReturnType<typeof madeUp>, t: number) {
  const called = predict(decide(members, classes, { adjust: t, counts, costs: null }).scores, classes);
  const recalls = Array.from({ length: classes }, (_, c) => {
    const own = labels.flatMap((label, i) => label === c ? [called[i]] : []);
    return own.length === 0 ? [] : [own.filter((call) => call === c).length / own.length];
  }).flat();
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return {
    mean: 100 * sum(recalls) / recalls.length,
    hmean: 100 * recalls.length / sum(recalls.map((recall) => 1 / Math.max(recall, 0.001))),
    lowest: 100 * Math.min(...recalls),
    accuracy: 100 * labels.filter((label, i) => called[i] === label).length / labels.length,
  };
}

for (const members of [1, 2, 3]) {
  Deno.test(`the curve of ${members} members is that of each point decided alone`, () => {
    for (const [images, classes, missing] of [[600, 7, 3], [200, 2, -1], [40, 30, 0], [5, 1, -1]]) {
      const input = madeUp(images, classes, members, 11 * images + members, missing);
      const curve = pointCurve(input);
      assertEquals(curve.map(({ t }) => t), [...CURVE_POINTS]);
      for (const { t, ...found } of curve) {
        const expected = byHand(input, t);
        for (const key of ["mean", "hmean", "lowest", "accuracy"] as const) {
          assertAlmostEquals(found[key], expected[key], 1e-9, `${key} at t = ${t} of ${classes} classes`);
        }
      }
    }
  });
}

Deno.test("the points are t from -1 to 2 in tenths, or those that are asked for", () => {
  assertEquals([CURVE_POINTS.length, CURVE_POINTS[0], CURVE_POINTS.at(-1)], [31, -1, 2]);
  assert(CURVE_POINTS.includes(0) && CURVE_POINTS.includes(0.7));
  assertEquals(pointCurve(madeUp(50, 4, 1, 1), [2.5, 0]).map(({ t }) => t), [2.5, 0]);
});

Deno.test("with t rare classes gain, and the number in the middle is that of no single end", () => {
  const curve = pointCurve(madeUp(2000, 10, 1, 5));
  const best = curve.reduce((a, b) => b.hmean > a.hmean ? b : a);
  assert(best.t > 0 && best.t < 2, String(best.t));
});

Deno.test("logits of other images are refused", () => {
  const input = madeUp(20, 4, 2, 3);
  const members = [input.members[0], { logits: input.members[1].logits.subarray(4) }];
  assertThrows(() => pointCurve({ ...input, members }), RangeError, "76 values");
  assertThrows(() => pointCurve({ ...input, counts: [1, 2] }), RangeError, "2 counts");
});
