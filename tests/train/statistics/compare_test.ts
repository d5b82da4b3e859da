import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { calibration } from "../../../train/statistics/calibration.ts";
import { compare } from "../../../train/statistics/compare.ts";
import { confusionChanges, confusionMatrix, confusionPairs } from "../../../train/statistics/confusions.ts";
import { randomOf } from "../../../train/statistics/draws/random.ts";
import { modelStatistics } from "../../../train/statistics/model.ts";
import { SECOND_MODELS, simulate } from "../../../bench/statistics/shapes.ts";

/** Labels of classes with so many images each. */
const labelsOf = (images: number[]) => images.flatMap((n, c) => new Array<number>(n).fill(c));

Deno.test("the numbers of a model, by hand", () => {
  const labels = labelsOf([4, 20]);
  // Class 0: 3 of 4 right; class 1: 10 of 20 right; each wrong image is taken for the other class.
  const predictions = [0, 0, 0, 1, ...new Array(10).fill(1), ...new Array(10).fill(0)];
  const found = modelStatistics(labels, predictions, 2, 0, 200);
  const [first, second] = found.classes;
  assertEquals([first.images, first.predicted, first.unknown, second.unknown], [4, 13, true, false]);
  assertEquals([first.recall!.value, first.precision!.value], [0.75, 3 / 13]);
  assertAlmostEquals(first.f1!, 6 / 17, 1e-12);
  assertAlmostEquals(found.macroF1.value, (6 / 17 + 20 / 31) / 2, 1e-12);
  assertAlmostEquals(found.accuracy.value, 13 / 24, 1e-12);
  assertAlmostEquals(found.means.hmean.value, 2 / (4 / 3 + 2), 1e-12);
  assertAlmostEquals(found.smoothedHmean.value, 2 / (5 / 3.5 + 21 / 10.5), 1e-12);
  assertEquals(found.worst.label, 1);
  assert(found.worst.probability > 0.5 && found.worst.probability < 1);
  assertEquals(modelStatistics(labels, predictions, 2, 0, 200), found); // the same seed, the same numbers
  assertThrows(() => modelStatistics([0], [2], 1), RangeError, "prediction 0 is 2");
  assertThrows(() => modelStatistics([], [], 2), RangeError, "current are none");
});

Deno.test("the classes among the worst are the fewest that hold the worst with 95 %", () => {
  // Recalls of 0.2, 0.25 and 0.9 of 40 images: either of two may be the worst, the third one is not.
  const right = [8, 10, 36];
  const labels = labelsOf([40, 40, 40]);
  const predictions = labels.map((label, i) => i % 40 < right[label] ? label : (label + 1) % 3);
  const { worst, amongWorst } = modelStatistics(labels, predictions, 3, 0, 400);
  assertEquals(amongWorst.map(({ label }) => label), [0, 1]);
  assertEquals(amongWorst[0], worst);
  const [first, second] = amongWorst.map(({ probability }) => probability);
  assert(first > second && first < 0.95 && first + second >= 0.95);
  // A class that is surely the worst stands alone.
  const sure = labels.map((label, i) => label === 0 && i > 0 ? 1 : label);
  assertEquals(modelStatistics(labels, sure, 3, 0, 400).amongWorst, [{ label: 0, probability: 1 }]);
});

Deno.test("a class without test images counts in no number of a model or of two", () => {
  // The middle one of three classes has no test images; without it the last one is class 1.
  const labels = labelsOf([30, 0, 40]);
  const models = [0.8, 0.5].map((share) => labels.map((label, i) => i % 10 < 10 * share ? label : 2 - label));
  const closed = (values: readonly number[]) => values.map((label) => label / 2);
  const open = (label: number) => 2 * label;
  const without = modelStatistics(closed(labels), closed(models[0]), 2, 1, 200);
  const found = modelStatistics(labels, models[0], 3, 1, 200);
  assertEquals({ ...found, classes: [found.classes[0], found.classes[2]] }, {
    ...without,
    classes: without.classes.map((each) => ({ ...each, label: open(each.label) })),
    worst: { ...without.worst, label: open(without.worst.label) },
    amongWorst: without.amongWorst.map((each) => ({ ...each, label: open(each.label) })),
  });
  const { recall, f1, images, unknown } = found.classes[1];
  assertEquals([recall, f1, images, unknown], [null, null, 0, true]);

  const pair = compare(labels, models[0], models[1], 3, 1, 200);
  const pairWithout = compare(closed(labels), closed(models[0]), closed(models[1]), 2, 1, 200);
  assertEquals(pair.differences, pairWithout.differences);
  assertEquals(
    [pair.classes[0], pair.classes[2]],
    pairWithout.classes.map((each) => ({ ...each, label: open(each.label) })),
  );
  assertEquals([pair.classes[1].change, pair.classes[1].images], ["unknown", 0]);

  // An image taken for that class is wrong, and the class has no share in macro F1.
  const taken = modelStatistics(labels, labels.map((label, i) => i === 0 ? 1 : label), 3, 1, 200);
  assertAlmostEquals(taken.macroF1.value, (58 / 59 + 1) / 2, 1e-12);
  assertAlmostEquals(taken.means.mean.value, (29 / 30 + 1) / 2, 1e-12);
  assertEquals(taken.classes[1].predicted, 1);
});

Deno.test("confusions and their changes, those of most images first", () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const [before, after] = [[0, 1, 0, 1, 2, 2], [1, 1, 0, 1, 1, 0]];
  const matrix = confusionMatrix(labels, after, 3);
  assertEquals([...matrix], [1, 2, 0, 0, 2, 0, 1, 0, 0]);
  assertEquals(confusionPairs(matrix, 3), [{ from: 0, to: 1, images: 2 }, { from: 2, to: 0, images: 1 }]);
  assertEquals(confusionChanges(confusionMatrix(labels, before, 3), matrix, 3), [
    { from: 0, to: 1, images: 2, before: 1 },
    { from: 2, to: 0, images: 1, before: 0 },
    { from: 1, to: 2, images: 0, before: 1 },
  ]);
});

Deno.test("calibration error by hand, and 0 in its interval where the probabilities are true", () => {
  // Ten images at 0.8, 5 right: the gap is 0.3.
  const probabilities = Array.from({ length: 10 }, () => [0.8, 0.2]).flat();
  const found = calibration(probabilities, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 2, randomOf(0));
  assertAlmostEquals(found.ece.value, 0.3, 1e-12);
  assertAlmostEquals(found.meanConfidence, 0.8, 1e-12);
  assertEquals(found.bins.filter(({ images }) => images).map(({ accuracy }) => accuracy), [0.5]);
  const random = randomOf(1);
  let zero = 0;
  for (let sim = 0; sim < 20; sim++) {
    const confidences = Array.from({ length: 200 }, () => 0.5 + random.uniform() / 2);
    const labels = confidences.map((p) => random.uniform() < p ? 0 : 1);
    if (calibration(confidences.flatMap((p) => [p, 1 - p]), labels, 2, random).ece.low === 0) zero++;
  }
  assert(zero >= 17, `${zero} of 20`);
  assertThrows(() => calibration([1], [0], 2, random), RangeError, "1 values for 1 labels, 2 classes");
});

Deno.test("a class of 9 images is unknown, whatever happens to it", () => {
  const labels = labelsOf([9, 50]);
  const found = compare(labels, labels.map(() => 1), labels, 2, 0, 200);
  assertEquals(found.classes.map(({ change }) => change), ["unknown", "within chance"]);
  assertEquals(found.classes[0].won, 9);
});

Deno.test("of 60 pairs of equally good models at most 6 have a number or a class that rose", () => {
  const random = randomOf(11);
  const shape = {
    name: "",
    classes: 8,
    images: () => 10 + Math.floor(51 * random.uniform()),
    recall: () => random.beta(2, 1.5),
  };
  let rose = 0;
  let held = 0;
  for (let sim = 0; sim < 60; sim++) {
    const { labels, before, after } = simulate(shape, SECOND_MODELS.equal, random);
    const { differences, classes } = compare(labels, before, after, 8, sim, 300);
    if ([...Object.values(differences), ...classes].some(({ change }) => change === "rose")) rose++;
    if (differences.hmean.low <= 0 && differences.hmean.high >= 0) held++;
  }
  assert(rose <= 6, `${rose} of 60`);
  assert(held >= 53, `${held} of 60`);
});

Deno.test("a large gain is told", () => {
  const random = randomOf(3);
  const shape = { name: "", classes: 10, images: () => 100, recall: () => random.beta(1, 3) };
  const { labels, before, after } = simulate(shape, { recall: (p) => 0.5 + p / 2 }, random);
  const { differences, classes } = compare(labels, before, after, 10, 0, 400);
  assertEquals([differences.hmean.change, differences.accuracy.change, differences.macroF1.change], [
    "rose",
    "rose",
    "rose",
  ]);
  assert(classes.some(({ change }) => change === "rose"));
});
