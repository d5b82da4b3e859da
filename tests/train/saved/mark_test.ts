// An interrupted run goes on with its own config, images and checkpoint alone; keys that change no result may change.

import { assertEquals, assertThrows } from "@std/assert";
import { parse } from "@std/yaml";
import { newImageSet } from "../../../data/mod.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { loadConfig } from "../../../train/config/load.ts";
import { checkMark, markOf } from "../../../train/saved/mark.ts";
import type { ClassifierSetup } from "../../../train/setup/setup.ts";

/** A setup of images. @param pixel A pixel of the training image. @param weight A value of the checkpoint. */
function setupOf({ pixel = 1, testPixel = 1, weight = 1 } = {}): ClassifierSetup {
  const [train, test] = [newImageSet(1, 1, 1, 1, ["0", "1"]), newImageSet(1, 1, 1, 1, ["0", "1"])];
  [train.images[0], test.images[0]] = [pixel, testPixel];
  const stage1 = new Map([["w", Float32Array.of(weight)]]);
  return { stage1, train, dataset: { test } } as unknown as ClassifierSetup;
}

/** A setup of features. @param digest Digest of the training features. */
function featuresOf(digest: string, testDigest = "test"): ClassifierSetup {
  const of = (digest: string) => ({ kind: "features", digest });
  return {
    stage1: new Map(),
    train: of(digest),
    dataset: { test: of(testDigest) },
  } as unknown as ClassifierSetup;
}

const load = (...set: string[]) => loadConfig(null, { set });
const MARKED = await load("epochs=3");

const check = (mark: Record<string, string>, setup: ClassifierSetup, config: object = MARKED) =>
  checkMark(mark, setup, config, "run", finetuneConfig);

Deno.test("mark: the same config, images and checkpoint go on", () => {
  check(markOf(setupOf(), MARKED), setupOf());
  check(markOf(featuresOf("a"), MARKED), featuresOf("a"));
});

Deno.test("mark: keys that change no result may change, each other key may not", async () => {
  const mark = markOf(setupOf(), MARKED);
  const free = ["workers=1", "name=other", "data.dir=/elsewhere", "featureBank=disk"];
  check(mark, setupOf(), await load("epochs=3", ...free));
  const other = await load("epochs=4", "seed=1", "data.augment.pad=2", ...free);
  assertThrows(
    () => check(mark, setupOf(), other),
    RangeError,
    "current one has other data.augment.pad (4, not 2), epochs (3, not 4), seed (0, not 1): leave",
  );
});

Deno.test("mark: other images or another checkpoint are refused", () => {
  const told = "takes the images and the checkpoint of the interrupted run, current ones are others";
  const mark = markOf(setupOf(), MARKED);
  for (const other of [{ pixel: 2 }, { testPixel: 2 }, { weight: 2 }]) {
    assertThrows(() => check(mark, setupOf(other)), RangeError, told);
  }
  for (const other of [featuresOf("b"), featuresOf("a", "b")]) {
    assertThrows(() => check(markOf(featuresOf("a"), MARKED), other), RangeError, told);
  }
});

Deno.test("mark: a key of data that earlier versions lacked is written only where it is not at its default", async () => {
  const dataIn = ({ config }: { config: string }) =>
    (parse(config) as { data: Record<string, unknown> }).data;
  const usual = markOf(setupOf(), MARKED);
  assertEquals([dataIn(usual).ratio, "validationShare" in dataIn(usual)], [MARKED.data.ratio, false]);
  check(usual, setupOf());
  const sharing = await load("epochs=3", "data.validationShare=0.2");
  assertEquals(dataIn(markOf(setupOf(), sharing)).validationShare, 0.2);
  assertThrows(
    () => check(usual, setupOf(), sharing),
    RangeError,
    "other data.validationShare (0, not 0.2): leave",
  );
});

Deno.test("mark: a config without keys and values is refused", () => {
  for (const config of ["", "- 1", "a: [", "text"]) {
    assertThrows(
      () => check({ ...markOf(setupOf(), MARKED), config }, setupOf()),
      RangeError,
      "without keys and values",
    );
  }
});
