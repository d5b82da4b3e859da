import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { decide, pairOf } from "../../../train/decision/decide.ts";
import { predict } from "../../../train/decision/predict.ts";
import { draws } from "./draws.ts";

Deno.test("an ensemble is the mean of both models' probabilities at their temperatures", () => {
  // softmax([ln 3, 0]) = [3/4, 1/4]; at temperature 2 the odds are sqrt(9) : 1 = 3 : 1 for [ln 9, 0].
  const pair = pairOf(
    new Float64Array([Math.log(3), 0, 1000, 0]),
    new Float64Array([0, Math.log(9), 0, 1000]),
    { temperatureNew: 1, temperatureOld: 2 },
  );
  const rows = decide(pair, 2).probabilities;
  assertAlmostEquals(rows[0], (3 / 4 + 1 / 4) / 2, 1e-12);
  assertAlmostEquals(rows[1], (1 / 4 + 3 / 4) / 2, 1e-12);
  // Logits far beyond exp's range: both models are certain, of different classes.
  assertAlmostEquals(rows[2], 0.5, 1e-12);
  assertAlmostEquals(rows[3], 0.5, 1e-12);
});

Deno.test("an ensemble can choose a class that neither model puts first", () => {
  const one = new Float64Array([Math.log(0.5), Math.log(0.45), Math.log(0.05)]);
  const other = new Float64Array([Math.log(0.05), Math.log(0.45), Math.log(0.5)]);
  assertEquals([...predict(decide([{ logits: one }, { logits: other }], 3).scores, 3)], [1]);
});

Deno.test("an ensemble refuses logits of other images", () => {
  assertThrows(
    () => decide([{ logits: new Float32Array(4) }, { logits: new Float32Array(6) }], 2),
    RangeError,
    "4 and 6 values",
  );
});

Deno.test("an adjustment takes t log N off every logit, and a class without images counts as one with one", () => {
  const logits = Float32Array.of(1, 2, 3, -1, 0.5, 4);
  const { scores } = decide([{ logits }], 3, { adjust: 1.5, counts: [100, 10, 0], costs: null });
  logits.forEach((value, i) => {
    assertAlmostEquals(scores[i], value - 1.5 * Math.log([100, 10, 1][i % 3]), 1e-12);
  });
});

Deno.test("an adjustment of one number of images for all classes changes no prediction", () => {
  const { logits } = draws(50, 7, 3);
  const rule = { adjust: 2, counts: Array(7).fill(30), costs: null };
  assertEquals(predict(decide([{ logits }], 7, rule).scores, 7), predict(logits, 7));
});

Deno.test("an adjustment asks for the counts of its classes", () => {
  const members = [{ logits: new Float32Array(6) }];
  for (const [counts, told] of [[null, "not known"], [[1, 2], "2 counts"]] as const) {
    assertThrows(() => decide(members, 3, { adjust: 1, counts, costs: null }), RangeError, told);
  }
});

Deno.test("with costs the class of least expected cost is taken, as a search over all classes finds it", () => {
  for (let seed = 0; seed < 20; seed++) {
    const classes = 2 + seed % 6;
    const { logits } = draws(40, classes, seed);
    const costs = draws(classes, classes, seed + 100).logits.map((value, i) =>
      i % (classes + 1) === 0 ? 0 : Math.exp(value)
    );
    const { scores, probabilities } = decide([{ logits }], classes, {
      ...{ adjust: 0, counts: null },
      costs: Float64Array.from(costs),
    });
    const wanted = Array.from({ length: 40 }, (_, i) => {
      const expected = Array.from(
        { length: classes },
        (_, k) =>
          Array.from({ length: classes }, (_, j) => costs[j * classes + k] * probabilities[i * classes + j])
            .reduce((a, b) => a + b),
      );
      return expected.indexOf(Math.min(...expected));
    });
    assertEquals([...predict(scores, classes)], wanted);
  }
});

Deno.test("equal costs of all mistakes take the likeliest class", () => {
  const { logits } = draws(100, 5, 9);
  const costs = Float64Array.from({ length: 25 }, (_, i) => i % 6 === 0 ? 0 : 3);
  assert(
    predict(logits, 5).every((best, i) =>
      best === predict(decide([{ logits }], 5, { adjust: 0, counts: null, costs }).scores, 5)[i]
    ),
  );
});
