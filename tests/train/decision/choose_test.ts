import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { choosePoint, type Choosing, POINTS } from "../../../train/decision/choose.ts";
import { decide, plainRule } from "../../../train/decision/decide.ts";
import { callSlope, softMean, softRecalls, targets } from "../../../train/decision/objectives.ts";
import { AlongPoints } from "../../../train/decision/along.ts";
import { draws } from "./draws.ts";

const classes = 20;
const counts = Array.from({ length: classes }, (_, c) => Math.round(500 * 0.01 ** (c / (classes - 1))));

/** Images of a model that is fair but for t log N added to its logits. */
function unfair(t: number, images = 4000, seed = 1): Choosing & { labels: number[] } {
  const { labels, logits } = draws(images, classes, seed, counts.map((n) => t * Math.log(n)));
  return { members: [{ logits }], labels, classes, counts };
}

/** Soft recalls at a point, by the softmax of every image. */
function recallsAt({ members, labels, counts }: ReturnType<typeof unfair>, t: number): Float64Array {
  const all = decide(members, classes, { adjust: t, counts, costs: null }).probabilities;
  const own = (c: number) => labels.flatMap((label, i) => label === c ? [all[i * classes + c]] : []);
  return Float64Array.from(counts, (_, c) => {
    const probabilities = own(c);
    return (probabilities.reduce((a, b) => a + b, 0) + 0.05) / (probabilities.length + 0.1);
  });
}

Deno.test("the chosen point takes off what a long tail added, by labels and by the slope of calls", () => {
  for (const t of [-0.4, 0, 0.8, 1.6]) {
    const by = unfair(t);
    assertAlmostEquals(choosePoint(by, "mean").t, t, 0.15);
    assertAlmostEquals(choosePoint({ ...by, labels: null }, "balanced").t, t, 0.1);
    assertAlmostEquals(choosePoint(by, "balanced").slope.after, 0, 0.01);
  }
});

Deno.test("the chosen point is that of the largest soft mean, as a search over all points finds it", () => {
  for (const [seed, target] of [[3, "hmean"], [4, "lowest"], [5, "mean"]] as const) {
    const by = unfair(0.7, 100, seed);
    const value = (t: number) => softMean(recallsAt(by, t), target);
    const best = Math.max(...POINTS.map(value));
    assertEquals(value(choosePoint(by, target).t), best);
  }
});

Deno.test("soft recalls are means of the true class's probabilities, drawn to one half", () => {
  const [first, second, none] = softRecalls(Float64Array.of(1.6, 0.6, 0), [2, 1, 0]);
  assertAlmostEquals(first, (1.6 + 0.05) / 2.1, 1e-12);
  assertAlmostEquals(second, (0.6 + 0.05) / 1.1, 1e-12);
  assert(Number.isNaN(none));
  assertAlmostEquals(softMean(Float64Array.of(0.5, NaN, 0.25), "hmean"), 1 / 3, 1e-12);
  assertAlmostEquals(softMean(Float64Array.of(0.5, NaN, 0.25), "mean"), 0.375, 1e-12);
});

Deno.test("what may be given up bounds the point", () => {
  const by = unfair(-0.5); // the best point for the mean is below 0
  const means = (t: number) => softMean(recallsAt(by, t), "mean");
  const free = choosePoint(by, "lowest", null).t;
  const bound = choosePoint({ ...by, counts: counts.toReversed() }, "lowest", 0).t;
  assert(means(free) > 0);
  const reversed = (t: number) =>
    softMean(
      recallsAt({ ...by, counts: counts.toReversed() }, t),
      "mean",
    );
  assert(reversed(bound) >= reversed(0), `gives up mean at ${bound}`);
});

Deno.test("the slope of calls rises with what is added to frequent classes", () => {
  const slopes = [0, 0.5, 1].map((t) => {
    const { members } = unfair(t);
    const called = new Float64Array(classes);
    decide(members, classes, plainRule).probabilities.forEach((p, at) => called[at % classes] += p);
    return callSlope(called, counts);
  });
  assert(Math.abs(slopes[0]) < 0.02, `${slopes}`);
  assert(slopes[1] > 0.1 && slopes[2] > slopes[1], `${slopes}`);
});

Deno.test("a point is refused where there is nothing to choose it by", () => {
  const by = unfair(0, 100);
  const none = { ...by, members: [{ logits: new Float32Array() }], labels: [] };
  assertThrows(() => choosePoint(none), RangeError, "no model was trained or is tested on");
  assertThrows(() => choosePoint({ ...by, counts: Array(classes).fill(9) }), RangeError, "all have 9");
  assertThrows(() => choosePoint({ ...by, labels: null }, "hmean", 2), RangeError, "labelled images");
});

Deno.test("without labels every target has its slope, and a point at the end where no point reaches it", () => {
  for (const target of targets) {
    const { t, by, images } = choosePoint({ ...unfair(1), labels: null }, target);
    assert(t > 0.8 && t < 1.6, `${target}: ${t}`);
    assertEquals([by, images], ["slope", 4000]);
  }
  assertEquals(choosePoint({ ...unfair(9), labels: null }).t, POINTS.at(-1));
  assertEquals(choosePoint({ ...unfair(-9), labels: null }).t, POINTS[0]);
});

Deno.test("shares along points are those of the members' mean softmax at each point, at any temperature", () => {
  const { labels, logits } = draws(60, classes, 8);
  const members = [{ logits, temperature: 2 }, { logits: draws(60, classes, 9).logits }];
  const along = new AlongPoints(members, counts);
  for (const t of [-1, 0, 0.7, 3]) {
    const { probabilities } = decide(members, classes, { adjust: t, counts, costs: null });
    const { called, right } = along.at(t, labels);
    for (let c = 0; c < classes; c++) {
      const column = labels.map((_, i) => probabilities[i * classes + c]);
      assertAlmostEquals(called[c], column.reduce((a, b) => a + b), 1e-9);
      assertAlmostEquals(right[c], column.reduce((sum, p, i) => labels[i] === c ? sum + p : sum, 0), 1e-9);
    }
  }
});
