import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { randomOf } from "../../../train/statistics/draws/random.ts";
import { proportion, wilson } from "../../../train/statistics/interval.ts";
import { benjaminiHochberg, holm, mcnemar } from "../../../train/statistics/mcnemar.ts";
import { recallMeans } from "../../../train/statistics/recall_means.ts";
import { classMetrics } from "../../../train/results/metrics.ts";

Deno.test("Wilson's intervals are those of Newcombe's table", () => {
  // R. G. Newcombe, Statistics in Medicine 17 (1998), Table I, method 3.
  const cases = [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [
    1,
    29,
    0.0061,
    0.1718,
  ]];
  for (const [successes, trials, low, high] of cases) {
    const interval = wilson(successes, trials);
    assertAlmostEquals(interval.low, low, 5e-5);
    assertAlmostEquals(interval.high, high, 5e-5);
  }
  assertEquals(wilson(0, 0), { low: 0, high: 1 });
  assertEquals(proportion(0, 0), null);
  assertThrows(() => wilson(3, 2), RangeError, "0 to 2 successes of 2 trials, current are 3");
});

Deno.test("Wilson's interval holds its proportion, and lies in 0 to 1", () => {
  fc.assert(fc.property(fc.nat(5000), fc.nat(5000), (a, b) => {
    const { value, low, high } = proportion(a, a + b + 1)!;
    assert(0 <= low && low <= value && value <= high && high <= 1);
  }));
});

Deno.test("95 of 100 of Wilson's intervals hold the true proportion", () => {
  const random = randomOf(1);
  let held = 0;
  for (let i = 0; i < 4000; i++) {
    const p = random.uniform();
    const { low, high } = wilson(random.binomial(40, p), 40);
    if (low <= p && p <= high) held++;
  }
  assert(held > 0.94 * 4000 && held < 0.965 * 4000, `${held}`);
});

Deno.test("McNemar's p-values are exact", () => {
  assertAlmostEquals(mcnemar(1, 9), 2 * 11 / 1024, 1e-12);
  assertAlmostEquals(mcnemar(5, 0), 2 / 32, 1e-12);
  assertEquals([mcnemar(0, 0), mcnemar(3, 3)], [1, 1]);
  // scipy.stats.binomtest(40, 100), binomtest(430, 1000)
  assertAlmostEquals(mcnemar(40, 60), 0.05688793364098089, 1e-10);
  assertAlmostEquals(mcnemar(570, 430), 1.0709737664959605e-05, 1e-12);
});

Deno.test("corrected p-values are those of R's p.adjust", () => {
  const near = (a: number[], b: number[]) => a.forEach((value, i) => assertAlmostEquals(value, b[i], 1e-12));
  near(benjaminiHochberg([0.04, 0.01, 0.03, 0.02, 0.05]), [0.05, 0.05, 0.05, 0.05, 0.05]);
  near(holm([0.04, 0.01, 0.03, 0.02, 0.05]), [0.09, 0.05, 0.09, 0.08, 0.09]);
  near(benjaminiHochberg([0.001, 0.5, 0.02]), [0.003, 0.5, 0.03]);
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (p) => {
    const [some, all] = [benjaminiHochberg(p), holm(p)];
    p.forEach((value, i) => assert(value <= some[i] + 1e-12 && some[i] <= all[i] + 1e-12 && all[i] <= 1));
  }));
});

Deno.test("numbers of recalls are the run's own, and in their order", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1 }), (right) => {
    const recalls = right.map((k) => k / 50);
    const { mean, gmean, hmean, lowest, lowestShare } = recallMeans(recalls);
    const metrics = classMetrics(recalls, recalls);
    assertAlmostEquals(100 * mean, metrics.mean, 1e-9);
    assertAlmostEquals(100 * gmean, metrics.gmean, 1e-9);
    assertAlmostEquals(100 * hmean, metrics.hmean, 1e-9);
    assertEquals(100 * lowest, metrics.lowest);
    assert(lowest <= lowestShare && hmean <= gmean + 1e-12);
  }));
  const twenty = Array.from({ length: 40 }, (_, i) => i / 40);
  assertAlmostEquals(recallMeans(twenty).lowestShare, (0 + 1) / 80, 1e-12);
});
