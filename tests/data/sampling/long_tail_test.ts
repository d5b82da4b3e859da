import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { loadDataset, longTailCounts, longTailIndices } from "../../../data/mod.ts";
import { classCounts } from "../../../data/sampling/class_counts.ts";
import fixture from "../../fixtures/data/long_tail.json" with { type: "json" };
import { sharedData } from "../../shared.ts";
import { ascending, sha256 } from "../helpers.ts";

Deno.test("longTailIndices keeps the images that NumPy keeps", () => {
  for (const { classes, size, ratio, seed, count, first, last, sha256: expected } of fixture.cuts) {
    const labels = Uint32Array.from({ length: classes * size }, (_, i) => i * 7 % classes);
    const kept = longTailIndices(labels, classes, { ratio, seed });
    assertEquals(kept.length, count);
    assertEquals(Array.from(kept.subarray(0, 8)), first);
    assertEquals(Array.from(kept.subarray(-8)), last);
    assertEquals(sha256(kept), expected);
  }
});

Deno.test("longTailCounts are Python's, float64 rounding included", () => {
  for (const { head, classes, ratio, sha256: expected } of fixture.counts) {
    assertEquals(sha256(longTailCounts(head, classes, ratio)), expected, `${head} ${classes} ${ratio}`);
  }
  assertEquals(Array.from(longTailCounts(9, 1, 100)), [9]);
  assertEquals(Array.from(longTailCounts(100, 2, 10)), [100, 10]);
  for (const ratio of [1, 2]) {
    assertEquals(Array.from(longTailCounts(10, 3, ratio)), [10, ratio === 1 ? 10 : 7, 10 / ratio]);
  }
});

// int(head * (1 / ratio) ** (i / (classes - 1))) summed over the classes, and its value for the last of them.
const LONG_TAILS = [
  ["CIFAR10-LT", 5000, 10, { 10: [20_431, 500], 50: [13_996, 100], 100: [12_406, 50], 200: [11_203, 25] }],
  ["CIFAR100-LT", 500, 100, { 10: [19_573, 50], 50: [12_608, 10], 100: [10_847, 5], 200: [9502, 2] }],
] as const;

for (const [name, head, classes, totals] of LONG_TAILS) {
  for (const [ratio, [total, last]] of Object.entries(totals)) {
    Deno.test(`${name} of ratio ${ratio} has ${total} images, ${last} in its last class`, () => {
      const counts = longTailCounts(head, classes, Number(ratio));
      assertEquals([counts.reduce((a, b) => a + b), counts[0], counts[classes - 1]], [total, head, last]);
      const labels = Uint32Array.from({ length: head * classes }, (_, i) => i % classes);
      const kept = longTailIndices(labels, classes, { ratio: Number(ratio), seed: 0 });
      assertEquals(classCounts(kept.map((i) => labels[i]), classes), counts);
    });
  }
}

// floor(max(head * x(i) / x(0), head / ratio)) with x(i) = ((i + 1) / (classes + 1)) ** (-1 / 6) - 1, by Python 3.
const PARETO = [
  [1280, 1000, 256, 6, [117_137, 1280, 1075, 966, 5]],
  [4980, 365, 996, 6, [213_550, 4980, 4112, 3649, 5]],
] as const;

for (const [head, classes, ratio, alpha, expected] of PARETO) {
  Deno.test(`a Pareto cut of ${classes} classes of ${head} to ${expected[4]} is that of its quantiles`, () => {
    const counts = longTailCounts(head, classes, ratio, "pareto", alpha);
    const total = counts.reduce((a, b) => a + b);
    assertEquals([total, counts[0], counts[1], counts[2], counts[classes - 1]], [...expected]);
    assertEquals(counts, counts.toSorted((a, b) => b - a));
    assertEquals(counts, longTailCounts(head, classes, ratio, "pareto")); // 6 is usual
  });
}

Deno.test("a Pareto cut keeps the first of the same shuffled images as an exponential one, ratio 1 keeps all", () => {
  const labels = Uint32Array.from({ length: 300 }, (_, i) => i % 3);
  const cut = (profile: "pareto" | "exponential", ratio = 20, alpha = 2) =>
    longTailIndices(labels, 3, { ratio, seed: 7, profile, alpha });
  const [pareto, exponential] = [cut("pareto"), cut("exponential")];
  // 100 times 4 ** .5 - 1, 2 ** .5 - 1 and (4 / 3) ** .5 - 1.
  assertEquals(classCounts(pareto.map((i) => labels[i]), 3), Uint32Array.of(100, 41, 15));
  assertEquals(pareto.slice(0, 100), exponential.slice(0, 100));
  assertEquals(pareto.slice(100, 122), exponential.slice(100, 122)); // 100, 22, 5
  assertEquals(pareto.slice(141, 146), exponential.slice(122));
  assertEquals(cut("pareto", 1), ascending(300));
  assertEquals(longTailCounts(50, 4, 1, "pareto"), Uint32Array.of(50, 50, 50, 50));
  for (const alpha of [0, -1, NaN, Infinity]) {
    assertThrows(() => cut("pareto", 20, alpha), RangeError, `alpha above 0, current is ${alpha}`);
  }
  // A power below 1: 100 times 4 ** 2 - 1, 2 ** 2 - 1 and (4 / 3) ** 2 - 1, over 15.
  assertEquals(longTailCounts(100, 3, 100, "pareto", 0.5), Uint32Array.of(100, 20, 5));
});

Deno.test("longTailIndices without a seed keeps the images of seed 0", () => {
  const labels = Uint32Array.from({ length: 300 }, (_, i) => i % 3);
  const kept = (seed?: number) => longTailIndices(labels, 3, { ratio: 20, seed });
  assertEquals(kept(), kept(0));
  assertNotEquals(kept(), kept(1));
});

Deno.test("longTail with ratio 1 keeps every image in place", () => {
  assertEquals(longTailIndices(Uint32Array.of(1, 1, 0), 2, { ratio: 1, seed: 0 }), ascending(3));
});

Deno.test("longTailIndices keeps all of a class that has fewer than it may", () => {
  const labels = Uint32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2); // counts for ratio 2: 8, 5, 4
  const kept = longTailIndices(labels, 3, { ratio: 2, seed: 3 });
  assertEquals(Array.from(kept, (i) => labels[i]), [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2]);
});

Deno.test("longTail says what is wrong with its arguments", () => {
  const labels = Uint32Array.of(0, 1, 5);
  for (const ratio of [0.5, 0, -1, NaN, Infinity]) {
    assertThrows(() => longTailIndices(labels, 6, { ratio, seed: 0 }), RangeError, `current is ${ratio}`);
  }
  assertThrows(
    () => longTailIndices(labels, 5, { ratio: 2, seed: 0 }),
    RangeError,
    "current label of image 2 is 5",
  );
  assertThrows(() => longTailIndices(labels, 6, { ratio: 2, seed: -1 }), RangeError, "current seed is -1");
});

Deno.test({
  name: "CIFAR100-LT of ratio 10, 50, 100 and 200 is the field's (needs ../shared)",
  ignore: sharedData === null,
  fn: async () => {
    const { train, test, classNames, origin } = await loadDataset("cifar100", sharedData);
    assertEquals([train.count, test.count, classNames.length], [50_000, 10_000, 100]);
    assertEquals([classNames[0], classNames[99], origin.endsWith("cifar-100-python")], [
      "apple",
      "worm",
      true,
    ]);
    for (const { ratio, count, sha256: expected, classes } of fixture.cifar100) {
      const kept = longTailIndices(train.labels, 100, { ratio, seed: 0 });
      assertEquals([kept.length, sha256(kept)], [count, expected], `ratio ${ratio}`);
      assertEquals(Array.from(classCounts(kept.map((i) => train.labels[i]), 100)), classes, `ratio ${ratio}`);
    }
    // The hash that the field's checkpoints are known by.
    const usual = fixture.cifar100.find(({ ratio }) => ratio === 100)!;
    assertEquals(usual.sha256, "92db61d4d8847a2a1140b271ec8575f002729622531a6595aa6f84211fee79e7");
  },
});
