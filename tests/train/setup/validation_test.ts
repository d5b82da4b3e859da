// Validation images: set aside of the training images, or the data set's own split.

import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { type Dataset, type ImageSet, type MemoryImages, newImageSet } from "../../../data/mod.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { loadConfig } from "../../../train/config/load.ts";
import { parseYaml } from "../../../train/config/yaml.ts";
import { evaluationKeys, recipeYaml } from "../../../train/model/recipe.ts";
import type { Progress } from "../../../train/progress/progress.ts";
import { checkMark, markOf } from "../../../train/saved/mark.ts";
import type { Setup } from "../../../train/setup/setup.ts";
import { tellLearned, withValidation } from "../../../train/setup/validation.ts";

/** Progress that keeps its lines. */
function listener(): { told: string[]; progress: Progress } {
  const told: string[] = [];
  return { told, progress: { line: (text: string) => void told.push(text) } as unknown as Progress };
}

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** A set with so many images of each class; the first pixels of an image are its number. */
function images(counts: readonly number[], first = 0, names = NAMES, channels = 1): MemoryImages {
  const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label));
  const set = newImageSet(labels.length, 1, 2, channels, names);
  labels.forEach((label, i) => {
    set.labels[i] = label;
    new DataView(set.images.buffer).setUint16(2 * channels * i, first + i);
  });
  return set;
}

const numbersOf = (set: ImageSet) =>
  Array.from(
    { length: set.count },
    (_, i) => new DataView((set as MemoryImages).images.buffer).getUint16(2 * i),
  );

const counts = [400, 120, 60, 10, 5, 5, 4, 1];
const train = images(counts);
const test = images(new Array(8).fill(4), 5000);
const dataset: Dataset = {
  ...{ name: "made up", origin: "a formula", train, test, classNames: NAMES, mean: [0], std: [1] },
};

/** The division of the whole training set by a share and a seed, and what is told of it. */
function divided(validationShare: number, seed = 0, data = dataset) {
  const { told, progress } = listener();
  return { ...withValidation(data, data.train, { validationShare, seed }, progress), told };
}

Deno.test("share 0 leaves the training images as they are, the very set, and says nothing", () => {
  const found = divided(0);
  assert(found.train === train);
  assertEquals([found.validation, found.told], [null, []]);
});

Deno.test("no validation image is a training or a test image, and all are told of", () => {
  const { train: kept, validation, told } = divided(0.1);
  const [learned, apart, tested] = [kept, validation!, test].map(numbersOf);
  assertEquals(new Set([...learned, ...apart, ...tested]).size, train.count + test.count);
  assertEquals([...learned, ...apart].sort((a, b) => a - b), numbersOf(train));
  assertEquals([...validation!.classCounts()], [40, 12, 6, 5, 0, 0, 0, 0]);
  assertEquals([...kept.classCounts()], [360, 108, 54, 5, 5, 5, 4, 1]);
  assertEquals(told, [
    "63 training images of 4 of 8 classes are set aside for validation, 0.1 of each class by seed 0",
    "4 of 8 classes have too few training images to set any aside: e, f, g, h",
  ]);
  assertEquals(numbersOf(divided(0.1).validation!), apart);
  assertNotEquals(numbersOf(divided(0.1, 1).validation!), apart);
});

Deno.test("at most five classes without validation images are named; without any there is no set", () => {
  const few = { ...dataset, train: images(new Array(8).fill(5)) };
  const { train: kept, validation, told } = divided(0.5, 0, few);
  assertEquals([kept.count, validation], [40, null]);
  assertEquals(
    told[1],
    "8 of 8 classes have too few training images to set any aside: a, b, c, d, e and 3 more",
  );
});

Deno.test("a split that the data have wins over the share, and has to fit", () => {
  const validation = images([3, 2], 6000);
  for (const share of [0, 0.1]) {
    const found = divided(share, 0, { ...dataset, validation });
    assert(found.train === train && found.validation === validation);
    assertEquals(found.told.length, share === 0 ? 0 : 1);
    for (const line of found.told) assert(line.includes("a validation split, of 5 images"), line);
  }
  const empty = divided(0, 0, { ...dataset, validation: images([]) });
  assertEquals(empty.validation, null);
  for (
    const other of [images([3], 0, ["a"]), images([3], 0, [...NAMES].reverse()), images([3], 0, NAMES, 3)]
  ) {
    const data = { ...dataset, validation: other };
    assertThrows(
      () => divided(0, 0, data),
      RangeError,
      "Cannot use the validation images: it takes the classes",
    );
  }
  const odd = images([3]);
  odd.labels[1] = 8;
  assertThrows(
    () => divided(0, 0, { ...dataset, validation: odd }),
    RangeError,
    "current label of image 1 is 8",
  );
});

Deno.test("a checkpoint that was trained on other images may have learned from the validation images", () => {
  const run = Uint32Array.of(90, 45, 5);
  for (
    const [there, words] of [
      [[90, 45, 5], null],
      [[5, 90, 45], null], // in another order of the classes
      [[100, 50, 5], "on other numbers of images than this run keeps"],
      [null, "does not tell which images"],
    ] as const
  ) {
    const { told, progress } = listener();
    tellLearned({ counts: there, names: null, numbered: false }, run, progress);
    assertEquals(told.length, words === null ? 0 : 1);
    if (words !== null) assert(told[0].includes(words), told[0]);
  }
});

Deno.test("both keys are an error that names both", async () => {
  const set = ["data.source=folder", "data.validation=photos/val", "data.validationShare=0.1"];
  await assertRejects(
    () => loadConfig(null, { set }),
    RangeError,
    "data.validationShare takes 0 with data.validation, which names the validation images, current value is 0.1",
  );
  await assertRejects(() => loadConfig(null, { set: ["data.validationShare=1"] }), RangeError, "to below 1");
  for (const source of ["cifar10", "cifar100", "fashion-mnist", "idx", "list", "folder", "parquet"]) {
    const { data } = await loadConfig(null, { set: [`data.source=${source}`, "data.validationShare=0.1"] });
    assertEquals(data.validationShare, 0.1);
  }
});

Deno.test("share 0 is in no recipe and no work file, a share is in both", async () => {
  const setup = { stage1: new Map(), train, dataset } as unknown as Setup;
  const [none, some] = await Promise.all(
    [0, 0.1].map((share) => loadConfig(null, { set: [`data.validationShare=${share}`] })),
  );
  const { validationShare: _, ...before } = none.data;
  assertEquals(recipeYaml(none), recipeYaml({ ...none, data: before }));
  assertEquals(markOf(setup, none), markOf(setup, { ...none, data: before }));
  assertEquals(parseYaml(markOf(setup, none).config), { ...none, data: before });
  const metadata = { program: "everyclass", config: recipeYaml(some), head: "linear" };
  const again = await loadConfig({ source: "file", tree: evaluationKeys(metadata)! });
  assertEquals(again.data.validationShare, 0.1);
  // A run goes on with its own share alone.
  for (const [was, now] of [[none, some], [some, none]]) {
    const mark = markOf(setup, was);
    checkMark(mark, setup, was, "run", finetuneConfig);
    assertThrows(
      () => checkMark(mark, setup, now, "run", finetuneConfig),
      RangeError,
      `data.validationShare (${was.data.validationShare}, not ${now.data.validationShare})`,
    );
  }
});
