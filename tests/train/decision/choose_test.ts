import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { choosePoint, type Choosing, POINTS } from "../../../train/decision/choose.ts";
import { decide, plainRule } from "../../../train/decision/decide.ts";
import {
  callSlope,
  probabilitiesAt,
  softMean,
  softRecalls,
  targets,
} from "../../../train/decision/objectives.ts";
import { draws } from "./draws.ts";

const classes = 20;
const counts = Array.from({ length: classes }, (_, c) => Math.round(500 * 0.01 ** (c / (classes - 1))));

/** Images of a model that is fair but for t log N added to its logits. */
function unfair(t: number, images = 4000, seed = 1): Choosing & { labels: number[] } {
  const { labels, logits } = draws(images, classes, seed, counts.map((n) => t * Math.log(n)));
  return { members: [{ logits }], labels, classes, counts };
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
    const value = (t: number) =>
      softMean(softRecalls(probabilitiesAt(by.members, classes, counts, t), by.labels, classes), target);
    const best = Math.max(...POINTS.map(value));
    assertEquals(value(choosePoint(by, target).t), best);
  }
});

Deno.test("soft recalls are means of the true class's probabilities, drawn to one half", () => {
  const probabilities = Float64Array.of(0.9, 0.1, 0.7, 0.3, 0.4, 0.6);
  const [first, second, third] = softRecalls(probabilities, [0, 0, 1], 2);
  assertAlmostEquals(first, (1.6 + 0.05) / 2.1, 1e-12);
  assertAlmostEquals(second, (0.6 + 0.05) / 1.1, 1e-12);
  assertEquals(third, undefined);
  assertAlmostEquals(softMean(Float64Array.of(0.5, NaN, 0.25), "hmean"), 1 / 3, 1e-12);
  assertAlmostEquals(softMean(Float64Array.of(0.5, NaN, 0.25), "mean"), 0.375, 1e-12);
});

Deno.test("what may be given up bounds the point", () => {
  const by = unfair(-0.5); // the best point for the mean is below 0
  const means = (t: number) =>
    softMean(softRecalls(probabilitiesAt(by.members, classes, counts, t), by.labels, classes), "mean");
  const free = choosePoint(by, "lowest", null).t;
  const bound = choosePoint({ ...by, counts: counts.toReversed() }, "lowest", 0).t;
  assert(means(free) > 0);
  const reversed = (t: number) =>
    softMean(
      softRecalls(probabilitiesAt(by.members, classes, counts.toReversed(), t), by.labels, classes),
      "mean",
    );
  assert(reversed(bound) >= reversed(0), `gives up mean at ${bound}`);
});

Deno.test("the slope of calls rises with what is added to frequent classes", () => {
  const slopes = [0, 0.5, 1].map((t) => {
    const { members } = unfair(t);
    return callSlope(decide(members, classes, plainRule).probabilities, classes, counts);
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
