import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { classMetrics, classRecalls, groupOf } from "../../../train/results/metrics.ts";

Deno.test("metrics equal values computed by hand", () => {
  const metrics = classMetrics([0.5, 0.25, 0], [200, 50, 5]);
  assertAlmostEquals(metrics.mean, 25, 1e-12);
  assertAlmostEquals(metrics.gmean, 5, 1e-12); // (1/2 * 1/4 * 1/1000) ** (1/3) = 1/20
  assertAlmostEquals(metrics.hmean, 300 / (2 + 4 + 1000), 1e-12);
  assertEquals(metrics.lowest, 0); // not the 0.1 that stands for 0 in the two means
  assertEquals(metrics.zeroRecall, 1);
  assertEquals([metrics.many, metrics.medium, metrics.few], [50, 25, 0]);
});

Deno.test("metrics of equal recalls are that recall", () => {
  const metrics = classMetrics(new Float64Array(1000).fill(0.37), new Uint32Array(1000).fill(7));
  for (const value of [metrics.mean, metrics.gmean, metrics.hmean, metrics.lowest, metrics.few!]) {
    assertAlmostEquals(value, 37, 1e-10);
  }
  assertEquals([metrics.zeroRecall, metrics.many, metrics.medium], [0, null, null]);
});

Deno.test("a class with 101 training images is many, with 100 or 20 medium, with 19 few", () => {
  assertEquals([101, 100, 20, 19, 0].map((images) => groupOf(images)), [
    "many",
    "medium",
    "medium",
    "few",
    "few",
  ]);
  assertEquals([11, 10, 5, 4].map((images) => groupOf(images, [10, 5])), ["many", "medium", "medium", "few"]);
  assertEquals(classMetrics([1, 0.5, 0.1], [11, 10, 4], [10, 5]).medium, 50);
  const { many, medium, few } = classMetrics([1, 0.5, 0.3, 0.1], [101, 100, 20, 19]);
  assertAlmostEquals(medium!, 40, 1e-12);
  assertEquals([many, few], [100, 10]);
});

Deno.test("recalls are the right share of each class", () => {
  const recalls = classRecalls([0, 1, 1, 2, 0, 2], [0, 0, 1, 2, 2, 2], 3);
  assertEquals([...recalls], [0.5, 1, 2 / 3]);
});

Deno.test("classes without test images count in no metric", () => {
  const recalls = classRecalls([0, 2, 2, 1], [0, 0, 2, 3], 4);
  assertEquals([...recalls], [0.5, NaN, 1, 0]);
  assertEquals(classMetrics(recalls, [500, 50, 5, 5]), classMetrics([0.5, 1, 0], [500, 5, 5]));
  assertEquals(classMetrics(recalls, [500, 50, 5, 5]).medium, null);
  assertThrows(() => classMetrics([NaN, NaN], [1, 2]), RangeError, "a class with test images");
});

Deno.test("recalls refuse labels out of range, other lengths and no test images at all", () => {
  assertThrows(() => classRecalls([0], [3], 3), RangeError, "label 0 is 3");
  assertThrows(() => classRecalls([0, 1], [1], 2), RangeError, "2 predictions, 1 labels");
  assertThrows(() => classRecalls([], [], 3), RangeError, "test images, current are none");
  assertThrows(() => classMetrics([0.5], [1, 2]), RangeError, "1 recalls, 2 counts");
});
