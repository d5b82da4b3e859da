import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Metrics } from "../../../train/results/metrics.ts";
import { formatSpread, meanMetrics, spreadOf } from "../../../train/reproduce/spread.ts";

Deno.test("spread: mean and standard deviation of the sample", () => {
  const { mean, deviation } = spreadOf([2, 4, 4, 4, 5, 5, 7, 9]);
  assertEquals(mean, 5);
  assertAlmostEquals(deviation!, Math.sqrt(32 / 7), 1e-12);
  // Far from 0 the squares of the values would drown their differences.
  assertAlmostEquals(spreadOf([1e9 + 1, 1e9 + 2, 1e9 + 3]).deviation!, 1, 1e-6);
  assertEquals(spreadOf([3, 3, 3]), { mean: 3, deviation: 0 });
});

Deno.test("spread: a single value has no deviation, and no value has nothing", () => {
  assertEquals(spreadOf([31.26]), { mean: 31.26, deviation: null });
  assertThrows(() => spreadOf([]), RangeError, "there are none");
});

Deno.test("spread: as text with two decimals, without the deviation where there is none", () => {
  assertEquals(formatSpread({ mean: 37.966, deviation: 0.0577 }), "37.97 ± 0.06");
  assertEquals(formatSpread({ mean: 6, deviation: null }), "6.00");
  assertEquals(formatSpread(null), "–");
});

Deno.test("spread: metrics are averaged one by one; a group without classes stays without a mean", () => {
  const run = (mean: number, zeroRecall: number): Metrics => ({
    mean,
    gmean: 2 * mean,
    hmean: 3 * mean,
    lowest: 0,
    zeroRecall,
    many: null,
    medium: mean,
    few: 10,
  });
  assertEquals(meanMetrics([run(1, 0), run(3, 1)]), { ...run(2, 0.5) });
});
