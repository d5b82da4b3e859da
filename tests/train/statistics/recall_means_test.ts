import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { macroF1 } from "../../../train/statistics/macro_f1.ts";
import { recallMeans } from "../../../train/statistics/recall_means.ts";
import { pick, tallyOf, testedLabels } from "../../../train/statistics/tally.ts";

Deno.test("recall means are those of their formulas, in no order of the classes", () => {
  const { mean, gmean, hmean, lowest, lowestShare } = recallMeans([1, 0.25, 0.5]);
  assertAlmostEquals(mean, 1.75 / 3, 1e-12);
  assertAlmostEquals(gmean, 0.5, 1e-12);
  assertAlmostEquals(hmean, 3 / 7, 1e-12);
  assertEquals([lowest, lowestShare], [0.25, 0.25]);
});

Deno.test("a recall below 0.001 counts as 0.001 in the two means that it would make 0", () => {
  for (const recall of [0, 0.0005]) {
    const { mean, gmean, hmean, lowest } = recallMeans([recall, 1]);
    assertEquals(mean, (1 + recall) / 2);
    assertAlmostEquals(gmean, Math.sqrt(1e-3), 1e-12);
    assertAlmostEquals(hmean, 2 / 1001, 1e-12);
    assertEquals(lowest, recall);
  }
});

Deno.test("the lowest share is the mean of 5 % of the classes, rounded up", () => {
  const of = (classes: number) =>
    recallMeans(Array.from({ length: classes }, (_, i) => (i + 1) / 64)).lowestShare;
  assertEquals([of(1), of(20), of(21), of(40), of(41)], [1 / 64, 1 / 64, 1.5 / 64, 1.5 / 64, 2 / 64]);
});

Deno.test("a tally counts images, right ones and predictions of every class", () => {
  const { classes, images, right, predicted } = tallyOf([0, 0, 2, 2, 2], [0, 1, 2, 2, 0], 4);
  assertEquals([classes, [...images], [...right], [...predicted]], [
    4,
    [2, 0, 3, 0],
    [1, 0, 2, 0],
    [2, 1, 2, 0],
  ]);
  assertEquals(testedLabels(images), [0, 2]);
  assertEquals(testedLabels([1, 0, 2]), [0, 2]);
  assertEquals([...pick(images, [2, 0])], [3, 2]);
});

Deno.test("a tally refuses other lengths, classes out of range and no images", () => {
  const cases: [number[], number[], string][] = [
    [[0, 1], [0], "current are 1 predictions, 2 labels"],
    [[0, 2], [0, 1], "it takes classes from 0 to 1, label 1 is 2"],
    [[0, -1], [0, 1], "it takes classes from 0 to 1, label 1 is -1"],
    [[0, 1], [0, 0.5], "it takes classes from 0 to 1, prediction 1 is 0.5"],
    [[0, 1], [0, 2], "it takes classes from 0 to 1, prediction 1 is 2"],
    [[], [], "it takes test images, current are none"],
  ];
  for (const [labels, predictions, message] of cases) {
    assertThrows(() => tallyOf(labels, predictions, 2), RangeError, message);
  }
});

Deno.test("macro F1 is the mean over classes with test images, of images and of weighted cells", () => {
  const [labels, predictions] = [[0, 0, 0, 0, 2, 2], [0, 0, 0, 1, 2, 0]];
  // Class 0: 2 * 3 / (4 + 4); class 2: 2 * 1 / (2 + 1); class 1 has no images.
  const expected = (6 / 8 + 2 / 3) / 2;
  assertAlmostEquals(macroF1(labels, predictions, [4, 0, 2]), expected, 1e-12);
  assertAlmostEquals(macroF1([0, 0, 2, 2], [0, 1, 2, 0], [4, 0, 2], [3, 1, 1, 1]), expected, 1e-12);
  assertAlmostEquals(macroF1([0, 0, 1], [0, 1, 1], [2, 1]), 2 / 3, 1e-12);
});
