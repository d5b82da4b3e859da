import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { mixupDraw } from "../../../data/mod.ts";
import { ascending } from "../helpers.ts";

const draw = (batch: number, alpha = 1, seed = 0, epoch = 0) => mixupDraw(128, { seed, epoch, batch, alpha });

Deno.test("mixupDraw depends on its arguments alone, and on each of them", () => {
  assertEquals(draw(3), draw(3));
  for (const other of [draw(4), draw(3, 1, 1), draw(3, 1, 0, 1)]) assertNotEquals(draw(3), other);
  const { lambda, permutation } = draw(3);
  assert(lambda > 0 && lambda < 1);
  assertEquals(permutation.toSorted(), ascending(128));
  assertNotEquals(permutation, ascending(128));
});

Deno.test("mixupDraw mixes every image with every other as often", () => {
  const n = 6000;
  const counts = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
  for (let batch = 0; batch < n; batch++) {
    mixupDraw(5, { seed: 1, epoch: 2, batch, alpha: .2 }).permutation.forEach((j, i) => counts[i][j]++);
  }
  // Binomial with p = 1/5: five standard deviations.
  for (const count of counts.flat()) assert(Math.abs(count - n / 5) < 5 * Math.sqrt(n * .16), `${counts}`);
});

Deno.test("mixupDraw's lambda is Beta(alpha, alpha)", () => {
  const n = 10_000;
  // The share below 1/10: the regularised incomplete beta function, integrated numerically.
  for (const [alpha, below] of [[.2, .33669], [.5, .20483], [1, .1], [2, .028], [8, 3.36e-5]]) {
    const lambdas = Array.from(
      { length: n },
      (_, batch) => mixupDraw(0, { seed: 0, epoch: 0, batch, alpha }).lambda,
    );
    assert(lambdas.every((lambda) => lambda >= 0 && lambda <= 1));
    const mean = lambdas.reduce((a, b) => a + b) / n;
    const variance = lambdas.reduce((sum, lambda) => sum + (lambda - .5) ** 2, 0) / n;
    const expected = 1 / (4 * (2 * alpha + 1));
    // Five standard deviations; (lambda - 1/2)^2 lies within 1/4, so its own variance is at most expected / 4.
    assert(Math.abs(mean - .5) < 5 * Math.sqrt(expected / n), `alpha ${alpha}: mean ${mean}`);
    assert(Math.abs(variance - expected) < 5 * Math.sqrt(expected / 4 / n), `alpha ${alpha}: ${variance}`);
    for (const tail of [lambdas, lambdas.map((lambda) => 1 - lambda)]) {
      const count = tail.filter((lambda) => lambda < .1).length;
      const spread = 5 * Math.sqrt(n * below * (1 - below)) + 5; // rare ones are Poisson
      assert(Math.abs(count - n * below) < spread, `alpha ${alpha}: ${count} below .1 for ${n * below}`);
    }
  }
});

Deno.test("mixupDraw does not mix for alpha 0, hardly for a tiny one, and refuses what is no alpha", () => {
  assertEquals(draw(1, 0).lambda, 1);
  for (let batch = 0; batch < 100; batch++) {
    const { lambda } = draw(batch, 1e-4);
    assert(lambda < 1e-6 || lambda > 1 - 1e-6, `${lambda}`);
  }
  for (const alpha of [-1, NaN, Infinity]) {
    assertThrows(() => draw(0, alpha), RangeError, `an alpha of 0 or more, current is ${alpha}`);
  }
});

Deno.test("mixupDraw: the draws of a seed stay those of earlier versions", () => {
  for (
    const [alpha, expected] of [[0.2, 255474.5002261793], [1, 256036.98299699306], [8, 252450.38181513903]]
  ) {
    let sum = 0;
    for (let batch = 0; batch < 1000; batch++) {
      sum += batch * mixupDraw(0, { seed: 1, epoch: 2, batch, alpha }).lambda;
    }
    assertAlmostEquals(sum, expected, 1e-6);
  }
  assertEquals([...mixupDraw(8, { seed: 1, epoch: 2, batch: 3, alpha: 1 }).permutation], [
    5,
    0,
    1,
    4,
    3,
    6,
    2,
    7,
  ]);
});
