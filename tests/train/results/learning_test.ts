// The program warns of networks that have learned too little, and of classes with too few images.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mayGuess } from "../../../train/results/chance.ts";
import { fewImagesWords, undertrainedWords } from "../../../train/results/learning.ts";
import type { Setup } from "../../../train/setup/setup.ts";

/** Training images of the smallest real set that was tried. */
const COUNTS = [166, 70, 30, 12, 2];
const facts = { counts: COUNTS, steps: 30, chance: 166 / 280 };
const rows = (accuracy: number, ...losses: number[]) => losses.map((loss) => ({ loss, accuracy }));

Deno.test("a network at chance is undertrained, whether its loss is flat or falling", () => {
  const flat = undertrainedWords(rows(60.4, 1.3, 1.2, 1.1, 1.1, 1.1), facts)!;
  assertStringIncludes(
    flat,
    "The network is undertrained: after 30 steps it has 60.4 % of its own training images right, no better than naming " +
      "one class for all, 59.3 %, and over the last epoch its loss was flat; give it more steps (minSteps or epochs)",
  );
  assertStringIncludes(
    undertrainedWords(rows(60.4, 1.6, 1.5, 1.4, 1.3, 1.3, 1.3, 1.2, 1.1), facts)!,
    "over the last 2 epochs its loss was still falling",
  );
  assertEquals(undertrainedWords(rows(60.4, 1.3), facts)!.includes("loss"), false);
});

Deno.test("a network above chance is undertrained until it has half of what is above", () => {
  assertMatch(
    undertrainedWords(rows(75, 1, 0.9), facts)!,
    /75\.0 % .* less than half of the way from naming/,
  );
  assertEquals(undertrainedWords(rows(80, 1, 0.9), facts), null);
  assertEquals(undertrainedWords([], facts), null);
});

Deno.test("classes with fewer than ten images are named with their numbers, five at most", () => {
  assertEquals(fewImagesWords([10, 30], ["a", "b"], "training"), null);
  assertEquals(
    fewImagesWords([9, 30, 2], ["a", "b", "c"], "training"),
    "Classes with fewer than 10 training images, a (9), c (2): no recall can be promised of them",
  );
  assertStringIncludes(
    fewImagesWords(Array(7).fill(1), [..."abcdefg"], "test")!,
    "Classes with fewer than 10 test images, a (1), b (1), c (1), d (1), e (1) and 2 more: their recalls say little",
  );
});

/** Tells whether a model that names a class for each label in turn may be guessing. */
function guessing(counts: number[], predicted: (label: number, i: number) => number): boolean {
  const labels = Uint32Array.from(counts.flatMap((n, label) => Array<number>(n).fill(label)));
  const setup = { dataset: { test: { labels } }, counts: Uint32Array.from(counts) } as unknown as Setup;
  return mayGuess({ predictions: labels.map(predicted) }, setup);
}

Deno.test("a model of five classes guesses if it names one of them, or any at random", () => {
  assertEquals(guessing([55, 23, 10, 4, 2], () => 0), true);
  assertEquals(guessing([55, 23, 10, 4, 2], () => 4), true);
  assertEquals(guessing([20, 20, 20, 20, 20], (_, i) => (i * 7 + (i >> 2)) % 5), true);
});

Deno.test("a model below the rate of the largest class does not guess if it tells the classes apart", () => {
  // The largest class: 60 of 100. This model has 40 + 10 + 10 right.
  const part = (label: number, i: number) => label > 0 || i % 2 === 0 ? label : 1 + i % 4 / 2 | 0;
  assertEquals(guessing([60, 20, 20], part), false);
  assertEquals(guessing([55, 23, 10, 4, 2], (label) => label === 1 ? 1 : 0), false);
});
