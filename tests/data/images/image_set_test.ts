import { assertEquals, assertThrows } from "@std/assert";
import { EncodedImages, type ImageFields, longTailIndices, newImageSet } from "../../../data/mod.ts";
import { patternSet } from "../helpers.ts";

Deno.test("a set counts its classes, absent ones too, and refuses a label without a name", () => {
  const set = newImageSet(4, 1, 1, 1, ["a", "b", "c", "d"]);
  set.labels.set([2, 0, 2, 2]);
  assertEquals(set.classCounts(), Uint32Array.of(1, 0, 3, 0));
  set.labels[1] = 4;
  assertThrows(() => set.classCounts(), RangeError, "current label of image 1 is 4");
});

Deno.test("a subset has copies of images and labels in the given order, in shared memory", () => {
  const set = patternSet(5, 2, 3, 3);
  const part = set.subset(Uint32Array.of(4, 0, 4));
  assertEquals([part.count, part.height, part.width, part.channels], [3, 2, 3, 3]);
  assertEquals([Array.from(part.labels), part.classNames], [[4, 0, 4], set.classNames]);
  const image = (i: number): number[] => Array.from(set.images.subarray(18 * i, 18 * i + 18));
  assertEquals(Array.from(part.images), [...image(4), ...image(0), ...image(4)]);
  assertEquals([part.images, part.labels].every((a) => a.buffer instanceof SharedArrayBuffer), true);
  assertThrows(() => set.subset(Uint32Array.of(5)), RangeError, "current index is 5");
});

/** Images in files: three in one file. */
function encodedSet(): EncodedImages {
  const { labels, classNames } = patternSet(3, 1, 1, 1, 3);
  return new EncodedImages({
    ...{ files: ["/a", "/a", "/b"], ranges: Float64Array.of(0, 5, 5, 7, 0, 9), labels, classNames },
    ...{ height: 8, width: 9, channels: 3, shorter: 10, maxPixels: 11, maxBroken: 12, cache: null },
  });
}

Deno.test("a subset of images in files has their files and places in them, and the settings of the set", () => {
  const set = encodedSet();
  const part = set.subset(Uint32Array.of(2, 1));
  assertEquals([part.count, part.files, part.ranges], [2, ["/b", "/a"], Float64Array.of(0, 9, 5, 7)]);
  assertEquals(Array.from(part.labels), [2, 1]);
  const { count: _, files: _f, ranges: _r, labels: _l, ...settings } = set;
  const { count: _2, files: _f2, ranges: _r2, labels: _l2, ...same } = part;
  assertEquals(same, settings);
  assertThrows(() => set.subset(Uint32Array.of(3)), RangeError, "current index is 3");
});

Deno.test("a long-tailed cut is the subset that longTailIndices tells, with the field's seed by default", () => {
  const set = patternSet(90, 2, 2, 1, 3);
  const cut = set.longTail({ ratio: 10 });
  assertEquals(cut.classCounts(), Uint32Array.of(30, 9, 3));
  assertEquals(cut, set.subset(longTailIndices(set.labels, 3, { ratio: 10, seed: 0 })));
  const other = { ratio: 4, seed: 3, profile: "pareto", alpha: 2 } as const;
  assertEquals(set.longTail(other), set.subset(longTailIndices(set.labels, 3, other)));
  assertEquals(set.longTail({ ratio: 1 }), set);
});

Deno.test("a set that is cloned to a Worker keeps its fields", () => {
  const sets: ImageFields[] = [patternSet(2), encodedSet()];
  for (const set of sets) assertEquals(structuredClone(set), { ...set });
});
