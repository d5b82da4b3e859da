import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import {
  moreLabelsOf,
  moreLabelsRecord,
  moreLabelsSentence,
  type Trial,
} from "../../../train/verdict/more_labels.ts";

const [CLASSES, IMAGES] = [12, 60];
const labels = Array.from({ length: CLASSES * IMAGES }, (_, i) => i % CLASSES);

/** Predictions of which the first images of each class are right. @param right Numbers of them by class. */
const predictions = (right: (label: number) => number, shift = 0) =>
  labels.map((label, i) =>
    (Math.floor(i / CLASSES) + shift) % IMAGES < right(label) ? label : (label + 1) % CLASSES
  );
const weak = (label: number) => label < 6 ? 6 : 45;
const trial = (after: (label: number) => number, shift = 0): Trial => ({
  labels,
  before: predictions(weak),
  after: predictions(after, shift),
});
const told = (trials: readonly Trial[]) => moreLabelsOf(trials, 5, CLASSES, 0, 300);

Deno.test("more labels: trials that all raise weak classes promise a gain, with an interval around it", () => {
  const found = told([16, 18, 20].map((right) => trial((label) => label < 6 ? right : 45)));
  const { hmean, mean } = found.gains!;
  assertAlmostEquals(mean.value, (10 + 12 + 14) / 3 / IMAGES / 2, 1e-12);
  assert(0 < hmean.low && hmean.low < hmean.value && hmean.value < hmean.high);
  assertMatch(
    moreLabelsSentence(found, 10),
    /^With 5 more labelled images of each class the re-trained model is likely to have an H-mean \d+\.\d to \d+\.\d points higher \(\d+\.\d in 3 trials with test images as these\); mean recall rises, by \d/,
  );
  const record = moreLabelsRecord(found);
  assertEquals(record.hmean, [hmean.value, hmean.low, hmean.high].map((value) => 100 * value));
  assertEquals([record.images, record.trials], [5, 3]);
});

Deno.test("more labels: a gain at the others' cost says that mean recall falls", () => {
  const found = told([0, 0, 0].map(() => trial((label) => label < 6 ? 15 : 20)));
  assertMatch(moreLabelsSentence(found, 10), /; mean recall falls, by \d+\.\d to \d+\.\d points\.$/);
});

Deno.test("more labels: no promise where nothing changes, or one trial of three shows no gain", () => {
  const gain = trial((label) => label < 6 ? 18 : 45);
  const none =
    "No promise of 5 more labelled images of each class: in 3 trials with test images as these the H-mean " +
    "rose by no more than chance.";
  for (const trials of [[0, 20, 40].map((shift) => trial(weak, shift)), [gain, gain, trial(weak)]]) {
    assertEquals(moreLabelsSentence(told(trials), 10), none);
  }
});

Deno.test("more labels: too few test images for a trial promise nothing", () => {
  const found = moreLabelsOf([], 1, CLASSES);
  assertEquals(found, { images: 1, trials: 0, gains: null });
  assertEquals(
    moreLabelsSentence(found, 10),
    "The test images are too few to tell what 1 more labelled image of each class would bring: it takes 11 of each class.",
  );
  assertEquals(moreLabelsRecord(found), { images: 1, trials: 0, hmean: null, mean: null, lowestShare: null });
});
