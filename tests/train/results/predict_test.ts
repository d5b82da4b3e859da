import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ensembleProbabilities, predict } from "../../../train/results/predict.ts";

Deno.test("predict takes the largest score of every row, the first of equal ones", () => {
  assertEquals([...predict(new Float32Array([1, 3, 2, -5, -1, -1, 7, 7, 7]), 3)], [1, 1, 0]);
});

Deno.test("predict names the score that is not finite", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    assertThrows(() => predict(new Float32Array([1, 2, 3, bad]), 2), RangeError, "class 1 of image 1");
  }
  assertThrows(() => predict(new Float32Array(5), 2), RangeError, "5 values, 2 classes");
});

Deno.test("an ensemble is the mean of both models' probabilities at their temperatures", () => {
  // softmax([ln 3, 0]) = [3/4, 1/4]; at temperature 2 the odds are sqrt(9) : 1 = 3 : 1 for [ln 9, 0].
  const rows = ensembleProbabilities(
    new Float64Array([Math.log(3), 0, 1000, 0]),
    new Float64Array([0, Math.log(9), 0, 1000]),
    2,
    1,
    2,
  );
  assertAlmostEquals(rows[0], (3 / 4 + 1 / 4) / 2, 1e-12);
  assertAlmostEquals(rows[1], (1 / 4 + 3 / 4) / 2, 1e-12);
  // Logits far beyond exp's range: both models are certain, of different classes.
  assertAlmostEquals(rows[2], 0.5, 1e-12);
  assertAlmostEquals(rows[3], 0.5, 1e-12);
});

Deno.test("an ensemble can choose a class that neither model puts first", () => {
  const one = new Float64Array([Math.log(0.5), Math.log(0.45), Math.log(0.05)]);
  const other = new Float64Array([Math.log(0.05), Math.log(0.45), Math.log(0.5)]);
  assertEquals([...predict(ensembleProbabilities(one, other, 3), 3)], [1]);
});

Deno.test("an ensemble refuses logits of other images", () => {
  assertThrows(
    () => ensembleProbabilities(new Float32Array(4), new Float32Array(6), 2),
    RangeError,
    "4 and 6 values",
  );
});
