// Makes up an ImageNet-LT in its published list format and measures reading, checking and the first training steps.
//
//   deno run -A bench/train/imagenet_lt.ts [steps] [batch]
//
// 1,000 classes of 1,280 to 5 training images, 115,846 lines, and 50,000 test images: 64 tiny JPEGs, hard-linked under
// all those names in a temporary folder. Then steps of ResNet-10 on images of 64 x 64, with the memory of the process.

import { initState } from "../../engine/mod.ts";
import { join } from "node:path";
import { epochOrder, loadDataset, Loader, longTailCounts } from "../../data/mod.ts";
import { loadConfigOf } from "../../train/config/load.ts";
import { TerminalProgress } from "../../train/terminal/progress.ts";
import { setUp } from "../../train/setup/set_up.ts";
import { trainingConfig } from "../../train/config/schema/train.ts";
import { imageTrainer } from "../../train/trainer/method_of.ts";
import sharp from "sharp";
import { photo } from "../data/photos.ts";

const CLASSES = 1000;
const IMAGES = 115_846;
const TESTS_EACH = 50;
const [steps, batch] = [Number(Deno.args[0] ?? 200), Number(Deno.args[1] ?? 64)];

const folder = Deno.makeTempDirSync({ prefix: "everyclass-imagenet-lt-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Runs work and prints its time and the resident memory after it. */
async function runAndReport<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  const seconds = ((performance.now() - begun) / 1000).toFixed(2);
  console.log(`${what}: ${seconds} s, resident ${resident()} MiB`);
  return result;
}

const resident = () => Math.round(Deno.memoryUsage().rss / 2 ** 20);

/** Counts 1,280 to 5 images a class: quantiles of a Pareto distribution, less the few that exceed ImageNet-LT. */
function counts(): Uint32Array {
  const counts = longTailCounts(1280, CLASSES, 256, "pareto");
  let spare = counts.reduce((a, b) => a + b) - IMAGES;
  for (let label = 1; spare > 0; label = label % (CLASSES - 1) + 1) {
    if (counts[label] <= 5) continue;
    counts[label]--;
    spare--;
  }
  return counts;
}

/** Names a class like a synset. */
const synset = (label: number) => `n${String(1_000_000 + label * 7919).padStart(8, "0")}`;

async function make(): Promise<void> {
  const sources = Array.from({ length: 64 }, (_, i) => join(folder, `source${i}.jpg`));
  for (const [i, path] of sources.entries()) {
    const raw = { height: 80, width: 100, channels: 3 } as const;
    Deno.writeFileSync(path, await sharp(photo(i, raw.height, raw.width), { raw }).jpeg().toBuffer());
  }
  const write = (split: string, counts: Uint32Array) => {
    const lines: string[] = [];
    counts.forEach((count, label) => {
      const place = join(split, synset(label));
      Deno.mkdirSync(join(folder, place), { recursive: true });
      for (let i = 0; i < count; i++) {
        const path = join(place, `${synset(label)}_${i}.JPEG`);
        Deno.linkSync(sources[(label + i) % sources.length], join(folder, path));
        lines.push(`${path} ${label}\n`);
      }
    });
    Deno.writeTextFileSync(join(folder, `ImageNet_LT_${split}.txt`), lines.join(""));
  };
  write("train", counts());
  write("test", new Uint32Array(CLASSES).fill(TESTS_EACH));
}

await runAndReport("making the files", make);
const data = {
  source: "list",
  dir: folder,
  train: join(folder, "ImageNet_LT_train.txt"),
  test: join(folder, "ImageNet_LT_test.txt"),
  resize: 72,
  size: 64,
} as const;
const dataset = await runAndReport(
  "reading the lists, all files looked for",
  () => loadDataset("list", folder, { ...data }),
);
const found = dataset.train.classCounts();
console.log(
  `${dataset.train.count.toLocaleString("en")} training images in ${found.length} classes of ${
    found.reduce((a, b) => Math.max(a, b))
  } to ${found.reduce((a, b) => Math.min(a, b))}, ${dataset.test.count.toLocaleString("en")} test images`,
);
const order = await runAndReport(
  "an epoch's order, instance-balanced",
  () => epochOrder(dataset.train.labels, CLASSES, { sampler: "instance", seed: 0, epoch: 0 }),
);
await runAndReport(
  "an epoch's order, class-balanced",
  () => epochOrder(dataset.train.labels, CLASSES, { sampler: "class-balanced", seed: 0, epoch: 0 }),
);

const keys = Object.entries({ ...data, augment: "{ policy: crop-flip, pad: 0, jitter: {} }" })
  .map(([key, value]) => `data.${key}=${value}`);
const config = await loadConfigOf(trainingConfig, null, {
  set: [...keys, "network=resnet10", `batch=${batch}`, "workers=2"],
});
const progress = new TerminalProgress({ mode: "quiet" });
const draw = (network: Parameters<typeof initState>[0]) => initState(network, config.seed);
using setup = await runAndReport("setting up", () => setUp(config, progress, { cache: folder, draw }));
using trainer = imageTrainer(setup, config);
trainer.load(trainer.fresh(setup.stage1));
const { augment } = config.data;
using loader = new Loader(setup.train, { batch, workers: config.workers ?? 2, augment, seed: 0 });
const weights = new Float32Array(CLASSES).fill(1);
let step = 0;
let begun = performance.now();
let waited = 0;
for await (const images of loader.batches(order, 1)) {
  await trainer.step(images, { epoch: 0, step, lr: 0.1, weights });
  if (step % 2 === 1) await setup.device.finish();
  if (step === 0) { // compiles
    begun = performance.now();
    waited = loader.waitedMs;
  }
  if (++step % 20 === 0) {
    const seconds = (performance.now() - begun) / 1000;
    console.log(
      `step ${step}: ${((step - 1) * batch / seconds).toFixed(1)} images/s, ` +
        `${((loader.waitedMs - waited) / seconds / 10).toFixed(1)} % waiting for data, ` +
        `resident ${resident()} MiB, device ${Math.round(setup.device.memory.used / 2 ** 20)} MiB`,
    );
  }
  if (step === steps) break;
}
