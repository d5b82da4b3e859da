import { assertEquals, assertThrows } from "@std/assert";
import { classCounts, subset } from "../../../data/mod.ts";
import { patternSet } from "../helpers.ts";

Deno.test("classCounts counts every class, absent ones too", () => {
  assertEquals(classCounts(Uint32Array.of(2, 0, 2, 2), 4), Uint32Array.of(1, 0, 3, 0));
  assertThrows(() => classCounts(Uint32Array.of(0, 4), 4), RangeError, "current label of image 1 is 4");
});

Deno.test("subset copies images and labels in the given order, into shared memory", () => {
  const set = patternSet(5, 2, 3, 3);
  const part = subset(set, Uint32Array.of(4, 0, 4));
  assertEquals([part.count, part.height, part.width, part.channels], [3, 2, 3, 3]);
  assertEquals(Array.from(part.labels), [4, 0, 4]);
  const image = (i: number): number[] => Array.from(set.images.subarray(18 * i, 18 * i + 18));
  assertEquals(Array.from(part.images), [...image(4), ...image(0), ...image(4)]);
  assertEquals([part.images, part.labels].every((a) => a.buffer instanceof SharedArrayBuffer), true);
  assertThrows(() => subset(set, Uint32Array.of(5)), RangeError, "current index is 5");
});
