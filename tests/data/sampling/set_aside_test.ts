import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { EncodedImages, hash32, type ImageSet, type MemoryImages, newImageSet } from "../../../data/mod.ts";
import { classCounts } from "../../../data/sampling/class_counts.ts";
import { setAsideCount, setAsideIndices } from "../../../data/sampling/set_aside.ts";
import { ascending } from "../helpers.ts";

/** Labels in no order: of each class as many as its count. */
function labelsOf(counts: readonly number[], key: number): Uint32Array {
  const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label));
  const places = labels.map((label, i) => ({ label, at: hash32(key, i) }));
  return Uint32Array.from(places.sort((a, b) => a.at - b.at), ({ label }) => label);
}

/** Made-up problems: class sizes around those where the rule turns, shares from tiny to nearly all. */
const CASES = Array.from({ length: 60 }, (_, key) => {
  const classes = 1 + hash32(key, 1) % 8;
  const counts = Array.from({ length: classes }, (_, label) => hash32(key, 2, label) % (key % 2 ? 14 : 300));
  const share = (1 + hash32(key, 3) % 999) / 1000;
  return { key, classes, counts, share, seed: hash32(key, 4), labels: labelsOf(counts, key) };
});

Deno.test("the number set aside is the rounded share, at least 5, and a class keeps 5", () => {
  const table = [[0, 0], [1, 0], [5, 0], [6, 1], [7, 2], [10, 5], [11, 5], [54, 5], [55, 6], [1000, 100]];
  for (const [count, expected] of table) assertEquals(setAsideCount(count, 0.1), expected, String(count));
  assertEquals([setAsideCount(20, 0.99), setAsideCount(10_000, 0.0001), setAsideCount(9, 0.9)], [15, 5, 4]);
});

Deno.test("drawn: both parts are the whole set, without a common image, by the formula's numbers", () => {
  for (const { key, classes, counts, share, seed, labels } of CASES) {
    const { kept, aside } = setAsideIndices(labels, classes, { share, seed });
    const both = [...kept, ...aside].sort((a, b) => a - b);
    assertEquals(both, Array.from(ascending(labels.length)), `case ${key}`);
    for (const part of [kept, aside]) assert(part.every((index, i) => i === 0 || part[i - 1] < index));
    const expected = counts.map((n) => Math.min(Math.max(Math.round(share * n), 5), Math.max(0, n - 5)));
    const found = classCounts(aside.map((i) => labels[i]), classes);
    assertEquals([...found], expected, `case ${key}, share ${share}`);
  }
});

Deno.test("drawn: the images depend on the seed and their own class alone", () => {
  for (const { classes, share, seed, labels } of CASES) {
    const draw = (labels: Uint32Array, classes: number, seed: number) =>
      setAsideIndices(labels, classes, { share, seed }).aside;
    const aside = draw(labels, classes, seed);
    assertEquals(draw(labels, classes, seed), aside);
    // Images of a further class behind the others change nothing for the others.
    const more = Uint32Array.of(...labels, ...new Array(40).fill(classes));
    assertEquals(draw(more, classes + 1, seed).filter((i) => i < labels.length), aside);
  }
  const labels = labelsOf([400, 200], 1);
  const draws = [0, 1, 2, 3].map((seed) => setAsideIndices(labels, 2, { share: 0.2, seed }).aside.join());
  assertEquals(new Set(draws).size, 4);
  assertEquals(setAsideIndices(labels, 2, { share: 0.2 }).aside.join(), draws[0]);
});

Deno.test("the images of a seed stay those of earlier versions", () => {
  assertEquals([...setAsideIndices(new Uint32Array(30), 1, { share: 0.2 }).aside], [3, 6, 14, 16, 23, 25]);
});

/** Sets of both kinds: image i holds i as its first pixel or in its file's name. */
function setsOf(labels: Uint32Array, classes: number): [ImageSet, (set: ImageSet) => number[]][] {
  const names = Array.from({ length: classes }, (_, label) => `class ${label}`);
  const memory = newImageSet(labels.length, 1, 2, 1, names);
  memory.labels.set(labels);
  labels.forEach((_, i) => memory.images.set([i % 256, i >> 8], 2 * i));
  const files = Array.from(labels, (_, i) => `/${i}`);
  const encoded = new EncodedImages({
    ...{ files, ranges: Float64Array.from(files.flatMap((_, i) => [i, 1])) },
    ...{ labels: memory.labels, classNames: names, height: 8, width: 8, channels: 3, shorter: 8 },
    ...{ maxPixels: 100, maxBroken: 0, cache: null },
  });
  const inMemory = (set: ImageSet) =>
    Array.from({ length: set.count }, (_, i) => {
      const [low, high] = (set as MemoryImages).images.subarray(2 * i);
      return low + 256 * high;
    });
  const inFiles = (set: ImageSet) => (set as EncodedImages).files.map((file) => Number(file.slice(1)));
  return [[memory, inMemory], [encoded, inFiles]];
}

Deno.test("sets of both kinds are divided alike, after a cut too, and keep their labels", () => {
  const labels = labelsOf([400, 300, 90, 6, 3], 2);
  const options = { share: 0.15, seed: 9 };
  for (const ratio of [1, 20]) {
    const found = setsOf(labels, 5).map(([set, numbers]) => {
      const cut = set.longTail({ ratio });
      const [kept, aside] = cut.setAside(options);
      assert(kept.kind === set.kind && aside.kind === set.kind);
      const parts = [kept, aside].map((part) => {
        assertEquals(Array.from(part.labels), numbers(part).map((i) => labels[i]));
        return numbers(part);
      });
      assertEquals(parts.flat().sort(), numbers(cut).sort());
      assertEquals(new Set(parts.flat()).size, cut.count);
      return parts;
    });
    assertEquals(found[0], found[1]);
    assertNotEquals(found[0][1], []);
  }
});

Deno.test("a share or a seed that is none is refused", () => {
  const set = newImageSet(20, 1, 1, 1, ["a"]);
  for (const share of [0, 1, -0.1, NaN]) {
    assertThrows(() => set.setAside({ share }), RangeError, `share above 0 and below 1, current is ${share}`);
  }
  for (const seed of [-1, 0.5, 2 ** 32]) {
    assertThrows(() => set.setAside({ share: 0.1, seed }), RangeError, `current is ${seed}`);
  }
  set.labels[3] = 1;
  assertThrows(() => set.setAside({ share: 0.1 }), RangeError, "current label of image 3 is 1");
});
