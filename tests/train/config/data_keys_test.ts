import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { decisive } from "../../../train/config/schema/data.ts";
import { folder, load, refuses, set } from "./config_text.ts";

Deno.test("images of one's own are kept whole unless a ratio is given, and their paths are relative to the file", async () => {
  for (const source of ["list", "folder", "parquet"]) {
    const { data } = await load(`data: { source: ${source}, dir: images }`);
    assertEquals([data.ratio, data.dir], [1, join(folder, "images")]);
    assertEquals((await load(`data: { source: ${source}, ratio: 7 }`)).data.ratio, 7);
    assertEquals((await load("", set(`data.source=${source}`))).data.ratio, 1);
    // What a file cuts is its own source.
    const other = "data: { source: idx, ratio: 7 }";
    assertEquals((await load(other, set(`data.source=${source}`))).data.ratio, 1);
    assertEquals((await load(other, set("data.ratio=5", `data.source=${source}`))).data.ratio, 5);
    assertEquals(
      (await load(`data: { source: ${source}, ratio: 7 }`, set(`data.source=${source}`))).data.ratio,
      7,
    );
  }
  assertEquals((await load("")).data.ratio, 100);
  assertEquals(
    (await load("data: { source: cifar100, ratio: 7 }", set("data.source=cifar10"))).data.ratio,
    7,
  );
  const { data } = await load(
    "data: { source: list, train: a.txt, test: ../b.txt, names: c.txt, strip: d/ }",
  );
  assertEquals([data.train, data.test, data.names, data.strip, data.add], [
    join(folder, "a.txt"),
    join(folder, "../b.txt"),
    join(folder, "c.txt"),
    "d/",
    null,
  ]);
  const here = await load("", set("data.source=list", "data.train=a.txt"));
  assertEquals(here.data.train, join(Deno.cwd(), "a.txt"));
});

Deno.test("a key of data that does not fit the source is refused", async () => {
  await refuses("data: { source: folder, names: a.txt }", RangeError, [
    "data.names takes null with source folder: it is a key of list, current value is",
  ]);
  await refuses("data: { source: parquet, train: a.txt, links: follow }", RangeError, [
    "data.train takes null with source parquet: it is a key of list and folder, current value is",
    'data.links takes "refuse" with source parquet: it is a key of list and folder, current value is',
  ]);
  await refuses("data: { mean: [], std: [0.2, 0] }", RangeError, [
    "data.mean takes a list of numbers, one for each channel, or null",
    "data.std takes a list of numbers above 0, one for each channel, or null, current value is [0.2,0]",
  ]);
  await refuses("data: { size: 32, maxBroken: 1 }", RangeError, [
    "data.size takes 224 with source fashion-mnist: it is a key of list, folder and parquet, current value is 32",
    "data.maxBroken takes 0 with source fashion-mnist",
  ]);
  await refuses("data: { source: folder, size: 300 }", RangeError, [
    "data.size takes a whole number of at most resize (256)",
  ]);
  assertEquals((await load("data: { source: folder, size: 300, resize: null }")).data.size, 300);
  await refuses("data: { alpha: 2 }", RangeError, [
    "data.alpha takes 6 with profile exponential, current value is 2",
  ]);
  assertEquals((await load("data: { profile: pareto, alpha: 2 }")).data.alpha, 2);
  await refuses("data: { source: folder, augment: { whole: true } }", RangeError, [
    "data.augment.whole takes false with crop-flip, which crops what was brought to the size of resize",
  ]);
  await refuses("data: { augment: { policy: resized-crop, whole: true } }", RangeError, [
    "data.augment.whole takes false with source fashion-mnist",
  ]);
  const stretched = "data: { source: folder, augment: { policy: resized-crop, whole: true } }";
  assertEquals((await load(stretched)).data.augment?.whole, true);
  await refuses("data: { source: folder, testShare: 1 }", RangeError, [
    "data.testShare takes a number above 0 and below 1",
  ]);
});

Deno.test("keys that came later say nothing at their defaults, so that what earlier versions cached is found", async () => {
  const { data } = await load("data: { source: folder }");
  assertEquals(Object.keys(decisive(data)), [
    "source",
    "ratio",
    "profile",
    "alpha",
    "seed",
    "strip",
    "add",
    "testShare",
    "resize",
    "size",
    "maxBroken",
    "maxPixels",
    "augment",
  ]);
  const other = await load("data: { source: folder, emptyClasses: drop, mean: [0, 0, 0], links: follow }");
  const more = Object.keys(decisive(other.data)).filter((key) => !(key in decisive(data)));
  assertEquals(more.sort(), ["emptyClasses", "links", "mean"]);
});
