// Tables of a value for each class, by its count of training images.
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ldamMargins, smoothingFactors } from "../../../engine/nn/class_tables.ts";

Deno.test("margins and smoothing go by the counts", () => {
  assertEquals([...ldamMargins([1296, 16, 1])], [...Float32Array.of(0.5 / 6, 0.25, 0.5)]);
  assertEquals([...smoothingFactors([500, 5], 0.4, 0.1)], [...Float32Array.of(0.4, 0.1)]);
  // A third of the way from the smallest to the largest: sin(30 degrees).
  assertAlmostEquals(smoothingFactors([31, 11, 1], 0.4, 0.1)[1], 0.1 + 0.3 * 0.5, 1e-7);
  assertEquals([...smoothingFactors([7, 7], 0.4, 0.1)], [...Float32Array.of(0.4, 0.4)]);
  assertThrows(() => ldamMargins([4, 0]), RangeError, "a class has no training images");
  assertThrows(() => smoothingFactors([], 0.4, 0.1), RangeError, "a count above 0 for each class");
});
