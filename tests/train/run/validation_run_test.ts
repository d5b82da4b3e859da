// Images set aside for validation, through whole runs: lists, resuming, and a stage 1 that is trained first.

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { hash32 } from "../../../data/mod.ts";
import { parseSafetensors } from "../../../engine/mod.ts";
import { modelMetadata } from "../../../train/model/metadata.ts";
import { everyclass, filesIn } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const cache = problem.path("cache");
const photos = problem.path("photos");

/** Training images of each class: the last class cannot spare any. */
const COUNTS = [24, 12, 4];
for (const [label, count] of COUNTS.entries()) {
  for (let i = 0; i < count + 2; i++) {
    const path = join(photos, i < count ? "train" : "test", `class ${label}`, `${i}.png`);
    const pixels = new Uint8Array(20 * 20 * 3);
    pixels.forEach((_, at) => pixels[at] = (at % 3 === label ? 160 : 40) + hash32(label, i, at) % 60);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(
      path,
      await sharp(pixels, { raw: { width: 20, height: 20, channels: 3 } }).png().toBuffer(),
    );
  }
}

/** Trains on the photos. @param stop Ends the run, as Ctrl-C does, when a line of progress holds this text. */
function train(out: string, sets: string, stop?: string) {
  const keys =
    `data.resize=12 data.size=10 data.augment.pad=0 batch=8 epochs=2 optimizer.schedule.warmup=0 ${sets}`;
  return everyclass(
    [
      "train",
      "--data",
      photos,
      "--out",
      problem.path(out),
      ...keys.split(" ").flatMap((key) => ["--set", key]),
    ],
    (line, send) => stop !== undefined && line.includes(stop) && send("SIGINT"),
    cache,
  );
}

const SHARE = "data.source=folder data.validationShare=0.25";
const lines = (out: string, split: string) =>
  Deno.readTextFileSync(problem.path(out, `${split}-list.txt`)).trim().split("\n");
const bytes = (out: string) => Deno.readFileSync(problem.path(out, "checkpoint.safetensors"));

Deno.test("a run lists its validation images, which are in no other list, and its own lists repeat it to the bit", async () => {
  const { code, err } = await train("whole", SHARE);
  assertEquals(code, 0, err);
  assertStringIncludes(
    err,
    "11 training images of 2 of 3 classes are set aside for validation, 0.25 of each class",
  );
  assertStringIncludes(err, "1 of 3 classes have too few training images to set any aside: class 2");
  assertStringIncludes(err, "29 training images in 3 classes of 18 to 4, 6 test images");
  const all = ["train", "validation", "test"].map((split) => lines("whole", split));
  assertEquals(all.map(({ length }) => length), [29, 11, 6]);
  assertEquals(new Set(all.flat()).size, 46);
  const { metadata } = parseSafetensors(bytes("whole"));
  assertEquals(metadata.trainImages, "[18,7,4]");
  assertStringIncludes(metadata.config, "validationShare: 0.25");

  const list = (split: string) => `data.${split}=${problem.path("whole", `${split}-list.txt`)}`;
  const names = `data.names=${problem.path("whole/class-names.txt")}`;
  const again = await train(
    "again",
    `data.source=list ${["train", "test", "validation"].map(list).join(" ")} ${names}`,
  );
  assertEquals(again.code, 0, again.err);
  for (const split of ["train", "validation", "test"]) {
    assertEquals(lines("again", split), lines("whole", split));
  }
  assertEquals(parseSafetensors(bytes("again")).state, parseSafetensors(bytes("whole")).state);
  assertEquals(parseSafetensors(bytes("again")).metadata.trainDigest, metadata.trainDigest);
});

Deno.test("a run without a share has no list of validation images; another seed of the run sets the same aside", async () => {
  const plain = await train("plain", "data.source=folder epochs=1");
  assertEquals(plain.code, 0, plain.err);
  assert(!filesIn(problem.path("plain")).includes("validation-list.txt"));
  assert(!parseSafetensors(bytes("plain")).metadata.config.includes("validationShare"));
  assert(!plain.err.includes("set aside"), plain.err);
  assertEquals((await train("other seed", `${SHARE} seed=5 epochs=1`)).code, 0);
  assertEquals(lines("other seed", "validation"), lines("whole", "validation"));
  assertEquals((await train("other draw", `${SHARE} data.seed=5 epochs=1`)).code, 0);
  assertNotEquals(lines("other draw", "validation"), lines("whole", "validation"));
});

Deno.test("a run that was stopped goes on to the same bits, with the same images set aside", async () => {
  const { code, err } = await train("stopped", SHARE, "epoch 1 of 2");
  assertEquals(code, 130, err);
  const resumed = await everyclass(["train", "--resume", problem.path("stopped")], undefined, cache);
  assertEquals(resumed.code, 0, resumed.err);
  assertStringIncludes(resumed.err, "Going on after epoch 1 of 2");
  assertEquals(parseSafetensors(bytes("stopped")).state, parseSafetensors(bytes("whole")).state);
  assertEquals(lines("stopped", "validation"), lines("whole", "validation"));
});

Deno.test("a stage 1 that is trained first learns from what is left, and one of all images is told of", async () => {
  const recipe = problem.path("recipe.yaml");
  Deno.writeTextFileSync(recipe, "epochs: 1\nbatch: 70\noptimizer: { lr: 0.1 }\n");
  const sets = `checkpoint=null stage1=${recipe} epochs=1 views=1 data.validationShare=0.1`;
  const { code, err } = await everyclass(
    ["finetune", ...problem.flags("one command", sets, { checkpoint: null })],
    undefined,
    cache,
  );
  assertEquals(code, 0, err);
  // The classes of 100, 46, 21 and 10 images lend 10, 5, 5 and 5.
  assertStringIncludes(err, "25 training images of 4 of 4 classes are set aside for validation, 0.1 of each");
  assert(!err.includes("may have learned"), err);
  const [kept] = filesIn(join(cache, "stage1"));
  const { metadata } = parseSafetensors(Deno.readFileSync(join(cache, "stage1", kept)));
  assertEquals(metadata.trainImages, "[90,41,16,5]");
  const { setup } = await problem.setUp("data.validationShare=0.1");
  using _setup = setup;
  assertEquals([...setup.validation!.classCounts()], [10, 5, 5, 5]);
  assertEquals([setup.train.count, [...setup.counts]], [152, [90, 41, 16, 5]]);
  assertEquals(modelMetadata(setup, null, null).trainDigest, metadata.trainDigest);

  const strange = await everyclass(
    ["evaluate", ...problem.flags("strange", "data.validationShare=0.1")],
    undefined,
    cache,
  );
  assertStringIncludes(
    strange.err,
    "The checkpoint does not tell which images it was trained on, so it may have",
  );
});
