import { assertEquals, assertThrows } from "@std/assert";
import { classCounts, indicesByClass } from "../../../data/sampling/class_counts.ts";
import { splitByShare } from "../../../data/sampling/split.ts";

/** Labels with this many images of each class, class after class. */
const labelsOf = (...counts: number[]) =>
  Uint32Array.from(counts.flatMap((count, label) => Array<number>(count).fill(label)));

const names = Array.from({ length: 12 }, (_, i) => `class ${i}`);

/** Test images of each class. */
function testsOf(share: number, ...counts: number[]): number[] {
  const labels = labelsOf(...counts);
  const { train, test } = splitByShare(labels, names, { share, seed: 3, origin: "there" });
  assertEquals([...train, ...test].toSorted((a, b) => a - b), [...labels.keys()]);
  for (const part of [train, test]) assertEquals(part, part.toSorted());
  return [...classCounts(Uint32Array.from(test, (i) => labels[i]), counts.length)];
}

Deno.test("each class gives its rounded share to the test set, and both sets get one of each", () => {
  assertEquals(testsOf(0.25, 10, 9, 4, 2, 0, 3), [3, 2, 1, 1, 0, 1]);
  assertEquals(testsOf(0.9, 10, 2, 3), [9, 1, 2]);
  assertEquals(testsOf(0.01, 10, 2, 60), [1, 1, 1]);
});

Deno.test("a split is drawn by its seed, each class on its own", () => {
  const testIn = (
    seed: number,
    ...counts: number[]
  ) => [...splitByShare(labelsOf(...counts), names, { share: 0.5, seed, origin: "there" }).test];
  assertEquals(testIn(1, 40, 3), testIn(1, 40, 3));
  assertEquals(testIn(1, 40, 3).filter((i) => i < 40), testIn(1, 40, 9).filter((i) => i < 40));
  assertEquals(new Set([1, 2, 3].map((seed) => testIn(seed, 40).join())).size, 3);
});

Deno.test("classes with a single image are refused by their names, the first ten of them", () => {
  const split = (...counts: number[]) => () =>
    splitByShare(labelsOf(...counts), names, { share: 0.5, seed: 0, origin: "there" });
  assertThrows(split(2, 1, 3), RangeError, "current class with one: class 1: add");
  assertThrows(split(1, 1), RangeError, "current classes with one: class 0, class 1: add");
  assertThrows(split(...Array(10).fill(1)), RangeError, "class 8, class 9: add");
  assertThrows(split(...Array(12).fill(1)), RangeError, "class 8, class 9 and 2 more: add");
});

Deno.test("labels are counted and listed class by class; one that no class has is refused", () => {
  const labels = Uint32Array.of(2, 0, 2, 1, 0);
  assertEquals([...classCounts(labels, 4)], [2, 1, 2, 0]);
  assertEquals(indicesByClass(labels, 4).map((list) => [...list]), [[1, 4], [3], [0, 2], []]);
  assertThrows(
    () => classCounts(labels, 2),
    RangeError,
    "it takes labels from 0 to 1, current label of image 0 is 2",
  );
});
