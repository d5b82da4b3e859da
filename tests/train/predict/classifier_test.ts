// The library's Classifier: what predict says, of bytes and of pixels.

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import sharp from "sharp";
import { loadDataset } from "../../../data/mod.ts";
import { parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import { Classifier, evaluate, finetune } from "../../../train/mod.ts";
import { Problem } from "../problem.ts";
import { copyTest, folder, makeModel, run } from "./photos.ts";

const bytes = Deno.readFileSync(await makeModel());
const photos = copyTest("elsewhere");
const files = [...Deno.readDirSync(photos)].map(({ name }) => join(photos, name)).sort();

Deno.test("a Classifier says what predict says, of files and of their pixels, alone and together", async () => {
  for (const ensemble of [false, true]) {
    const flags = [
      photos,
      "--checkpoint",
      join(folder, "run/checkpoint.safetensors"),
      "--topk",
      "3",
      "--json",
    ];
    const { out } = await run("predict", ...flags, ...ensemble ? ["--ensemble"] : []);
    const expected = JSON.parse(out).predictions as { top: { name: string; probability: number }[] }[];
    using model = await Classifier.open(bytes, { ensemble });
    const images = files.map((file) => Deno.readFileSync(file));
    const together = await model.classifyAll(images);
    const alone = await Promise.all(images.map((image) => model.classify(image)));
    for (const [i, image] of images.entries()) {
      const { data, info: { width, height } } = await sharp(image).raw().toBuffer({
        resolveWithObject: true,
      });
      assertEquals(await model.classify({ width, height, channels: 3, data }), alone[i]);
      assertEquals(together[i].map(({ name }) => name), expected[i].top.map(({ name }) => name));
      assertEquals(alone[i], together[i]);
      together[i].forEach(({ probability }, k) =>
        assertAlmostEquals(probability, expected[i].top[k].probability, 1e-5)
      );
    }
    assertEquals(await model.classifyAll([]), []);
  }
});

Deno.test("a Classifier refuses what is no image, and goes on", async () => {
  using model = await Classifier.open(bytes);
  await assertRejects(() => model.classify(Uint8Array.of(1, 2, 3)), Error, "Cannot decode an image");
  const short = { width: 4, height: 4, channels: 3, data: new Uint8Array(7) };
  await assertRejects(() => model.classify(short), RangeError, "current are 7 values for 4 x 4 x 3");
  const strip = { width: 30_000_000, height: 1, channels: 1, data: new Uint8Array(30_000_000) };
  await assertRejects(() => model.classify(strip), RangeError, "a strip rather than a picture");
  const grey = { width: 9, height: 20, channels: 2, data: new Uint8Array(360) };
  assertEquals((await model.classify(grey)).length, 3);
});

Deno.test("a Classifier of a bare checkpoint asks for keys, and takes them", async () => {
  const { state, metadata } = parseSafetensors(bytes);
  const bare = writeSafetensors(state);
  const error = await assertRejects(() => Classifier.open(bare), RangeError);
  assertStringIncludes(String(error), "network, names, size, resize, mean, std");
  assertStringIncludes(String(error), "give these keys");
  const keys = { network: "resnet8", names: JSON.parse(metadata.classes), size: 16, resize: 18 } as const;
  using model = await Classifier.open(bare, { ...keys, mean: [.485, .456, .406], std: [.229, .224, .225] });
  using told = await Classifier.open(bytes);
  assertEquals(model.classNames, told.classNames);
  const image = Deno.readFileSync(files[0]);
  assertEquals(await model.classify(image), await told.classify(image));
  await assertRejects(() => Classifier.open(bytes, { sise: 3 } as object), RangeError, "the nearest is size");
});

Deno.test("a model of grey images in memory takes their PNGs: the predictions are evaluate's", async () => {
  const problem = new Problem();
  const cache = problem.path("cache");
  const data = { source: "idx", dir: problem.data, ratio: 10, augment: { pad: 1 } };
  const own = { checkpoint: problem.checkpoint, ensemble: {} };
  const options = { data, ...own, epochs: 1, views: 1, statistics: "updated" };
  const { checkpoint, predictions, ensemble } = await finetune(options, { cache });
  assert(ensemble !== null);
  // Batch norms were updated: the file's second model has its own.
  assert(parseSafetensors(checkpoint).state.has("ensemble.bn1.running_mean"));
  const { test, classNames } = await loadDataset("idx", problem.data, { cache });
  const pixels = (i: number) => test.images.slice(144 * i, 144 * (i + 1));
  const pngs = await Promise.all(
    Array.from(
      { length: test.count },
      (_, i) => sharp(pixels(i), { raw: { width: 12, height: 12, channels: 1 } }).png().toBuffer(),
    ),
  );
  using model = await Classifier.open(checkpoint);
  const found = (await model.classifyAll(pngs)).map(([{ name }]) => classNames.indexOf(name));
  assertEquals(found, [...predictions]);
  const evaluated = await evaluate({ data, checkpoint: problem.checkpoint }, { cache });
  using both = await Classifier.open(checkpoint, { ensemble: true });
  const raw = { width: 12, height: 12, channels: 1 };
  const together = await both.classifyAll(
    Array.from({ length: test.count }, (_, i) => ({ ...raw, data: pixels(i) })),
  );
  const right = together.filter(([{ name }], i) => name === classNames[test.labels[i]]).length;
  assertAlmostEquals(100 * right / test.count, ensemble.mean, 1e-9);
  assert(evaluated.predictions.length === test.count);
});

Deno.test("evaluate takes the network and the size of images from the file", async () => {
  const { metrics } = await evaluate({ data: join(folder, "photos"), checkpoint: bytes }, {
    cache: join(folder, "cache"),
  });
  assertAlmostEquals(
    metrics.mean,
    JSON.parse(Deno.readTextFileSync(join(folder, "run/summary.json"))).after.mean,
    1e-4,
  );
});
