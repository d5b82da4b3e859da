import { assert, assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { newImageSet } from "../../../../data/mod.ts";
import { choosePoint } from "../../../../train/decision/choose.ts";
import { decide, type Rule } from "../../../../train/decision/decide.ts";
import { predict } from "../../../../train/decision/predict.ts";
import { pointAt, pointOf, pointSentence, testSlope } from "../../../../train/results/rule/point.ts";
import { CURVE_POINTS } from "../../../../train/results/rule/curve.ts";
import { runVerdict } from "../../../../train/results/run_verdict.ts";
import { targets } from "../../../../train/decision/objectives.ts";
import { draws } from "../../decision/draws.ts";

const classes = 10;
const counts = Uint32Array.from({ length: classes }, (_, c) => Math.round(500 * 0.01 ** (c / (classes - 1))));
const classNames = [...counts].map((_, c) => `class ${c}`);

/** A run on test images of these labels; the logits favour frequent classes by `bias` log N. */
function madeUp(images: number, bias = 0.8, labelOf = (label: number, _i: number) => label) {
  const { labels, logits } = draws(images, classes, 7, [...counts].map((n) => bias * Math.log(n)));
  const test = newImageSet(images, 1, 1, 1, classNames);
  test.labels.set(labels.map(labelOf));
  const dataset = { name: "x", origin: "x", train: test, test, classNames, mean: [], std: [] };
  return { setup: { dataset, counts }, members: [{ logits }], labels: [...test.labels] };
}

const check = () => {}; // nobody stops

const ruleOf = (adjust: number): Rule => ({ adjust, counts, costs: null });

Deno.test("a point that was given says nothing of a choice, and its t is on the curve", () => {
  const { setup, members } = madeUp(400);
  for (const [t, more] of [[0, 0], [0.7, 0], [0.123, 1], [2.5, 1], [-3, 1]]) {
    const point = pointOf(setup, members, ruleOf(t), null, check)!;
    assertEquals([point.t, point.by, point.target, point.images, point.slope], [t, null, null, null, null]);
    assertEquals(point.curve.length, CURVE_POINTS.length + more);
    assertEquals(point.curve.map((each) => each.t), point.curve.map((each) => each.t).sort((a, b) => a - b));
    const { scores } = decide(members, classes, ruleOf(t));
    const right = predict(scores, classes).filter((call, i) => call === setup.dataset.test.labels[i]).length;
    assertAlmostEquals(pointAt(point, t).accuracy, 100 * right / 400, 1e-9);
    assertEquals(pointSentence(point), null);
  }
});

Deno.test("a run without counts, with equal counts or with costs has no line to look along", () => {
  const { setup, members } = madeUp(50);
  const equal = new Uint32Array(classes).fill(9);
  const costs = new Float64Array(classes * classes);
  assertEquals(pointOf(setup, members, { adjust: 0, counts: null, costs: null }, null, check), null);
  assertEquals(
    pointOf({ ...setup, counts: equal }, members, { ...ruleOf(0), counts: equal }, null, check),
    null,
  );
  assertEquals(pointOf(setup, members, { ...ruleOf(0), costs }, null, check), null);
  assertEquals(pointSentence(null), null);
  assertEquals(testSlope(setup, members, { adjust: 0, counts: null, costs: null }, check), null);
  assertEquals(testSlope({ ...setup, counts: equal }, members, { ...ruleOf(0), counts: equal }, check), null);
});

Deno.test("the sentence names t, the images, and the same number of the test images with and without", () => {
  const { setup, members, labels } = madeUp(1200);
  for (const target of targets) {
    const by = {
      members: [{ logits: members[0].logits.subarray(0, 500 * classes) }],
      labels,
      classes,
      counts,
    };
    const chosen = choosePoint({ ...by, labels: labels.slice(0, 500) }, target);
    const point = pointOf(setup, members, ruleOf(chosen.t), chosen, check)!;
    assertEquals({ ...point, curve: [] }, { ...chosen, curve: [] });
    const key = target === "balanced" ? "mean" : target;
    const number = (t: number) => {
      const called = predict(decide(members, classes, ruleOf(t)).scores, classes);
      const recalls = classNames.map((_, c) => {
        const own = [...called].filter((_, i) => labels[i] === c);
        return own.filter((call) => call === c).length / own.length;
      });
      const value = {
        mean: recalls.reduce((a, b) => a + b) / classes,
        hmean: classes / recalls.reduce((sum, recall) => sum + 1 / Math.max(recall, 0.001), 0),
        lowest: Math.min(...recalls),
      }[key];
      return `${(100 * value).toFixed(1)} %`;
    };
    const text = pointSentence(point)!;
    assertMatch(
      text,
      target === "balanced"
        ? /^Adjusted by t = [\d.]+, chosen for .* by how often each class is called on 500 images; on the test images the /
        : /^Adjusted by t = [\d.]+, chosen on 500 validation images for .*; on the test images the /,
    );
    assert(text.endsWith(` is ${number(chosen.t)} with it, ${number(0)} without.`), text);
    assert(!/better|rose|helped|gain/.test(text), text);
  }
  const none = pointOf(setup, members, ruleOf(0), {
    ...choosePoint({ members, labels, classes, counts }),
    t: 0,
  }, check);
  assertMatch(
    pointSentence(none)!,
    /^Not adjusted: t = 0 was chosen on 1,200 validation images for the H-mean\.$/,
  );
});

Deno.test("the slope of calls on the test images is told where their classes are about balanced", () => {
  const slopeAt = (bias: number, t: number) => {
    const { setup, members } = madeUp(3000, bias);
    return testSlope(setup, members, ruleOf(t), check)!.slope;
  };
  assert(slopeAt(0.8, 0) > 0.2 && slopeAt(-0.8, 0) < -0.2);
  for (const t of [0, 0.8, -0.8]) assertAlmostEquals(slopeAt(t, t), 0, 0.02);
  // By hand: least squares of log(1 + sum of the probabilities) over log N.
  const { setup, members } = madeUp(3000);
  const { probabilities } = decide(members, classes, ruleOf(0.3));
  const y = classNames.map((_, c) =>
    Math.log(1 + probabilities.reduce((sum, p, i) => i % classes === c ? sum + p : sum, 0))
  );
  const x = [...counts].map(Math.log);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const byHand = (classes * sum(x.map((value, c) => value * y[c])) - sum(x) * sum(y)) /
    (classes * sum(x.map((value) => value * value)) - sum(x) ** 2);
  assertAlmostEquals(testSlope(setup, members, ruleOf(0.3), check)!.slope, byHand, 1e-9);
  // Images of class 1 become images of class 0: 3 of 30, 6 of 30, all.
  for (const [every, isTold] of [[10, true], [5, false], [1, false]] as const) {
    const { setup, members } = madeUp(
      300,
      0.8,
      (label, i) => label === 1 && i % (10 * every) === 1 ? 0 : label,
    );
    assertEquals(testSlope(setup, members, ruleOf(0), check) !== null, isTold);
  }
});

Deno.test("a run that costs too much is told the milder way that needs no training", () => {
  const { setup } = madeUp(1000);
  const { labels } = setup.dataset.test;
  const [before, after] = [labels.slice(), labels.map((label, i) => i % 2 ? label : (label + 1) % classes)];
  const evaluations = {
    before: { predictions: before },
    after: { predictions: after },
    ensemble: null,
  };
  const { first } = runVerdict(setup, evaluations, { maxAccuracyLoss: 10, seed: 0 }, { check })!;
  assertStringIncludes(first, "deno task adjust --checkpoint FILE --give-up 2");
  assertStringIncludes(first, "data.validationShare");
});
