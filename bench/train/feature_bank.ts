// Re-trains a classifier on features on disk: by default as many as ImageNet-LT has from a backbone of 2,048 features, 115,846 x 2,048 x 4 bytes = 949 MB, 1,000 classes, batches of 512, GML.
//
//   deno run -A bench/train/feature_bank.ts [rows] [width] [classes] [epochs] [disk | memory]
//
// The features are made up, shard by shard: relu(mean of the class + noise), classes of 1,280 to 5 images as quantiles of
// a Pareto distribution, alpha 6, scaled to the number of rows. They go through the files of a real bank, with their
// digests, and are checked as a run checks them; the classifier is the program's own. Test features, ten rows a class,
// are on disk too. Resident memory is sampled before every batch; VmHWM is the most that the system saw (Linux). On a
// software adapter the device's memory is resident memory too.

import { epochOrder, hash32, longTailCounts } from "../../data/mod.ts";
import { Device, headOf, initHead } from "../../engine/mod.ts";
import { memoryRows } from "../../train/features/memory.ts";
import { type FeatureRows, range } from "../../train/features/rows.ts";
import { ViewFile } from "../../train/features/bank/view_file.ts";
import { formatBytes } from "../../train/progress/bytes.ts";
import { featureTrainer } from "../../train/finetune/feature_method.ts";
import { rowsSource } from "../../train/finetune/feature_source.ts";
import { asTraining } from "../../train/finetune/training.ts";
import { HeadLogits } from "../../train/features/head_logits.ts";
import type { Setup } from "../../train/setup/setup.ts";
import { Stretch } from "../../train/trainer/stretch.ts";
import { sumsOf } from "../../train/trainer/trainer.ts";
import { classMetrics, classRecalls } from "../../train/results/metrics.ts";
import { predict } from "../../train/decision/predict.ts";
import { loadConfig } from "../../train/config/load.ts";

const about = "made up";

/** Rows that are made at a time: a shard. */
const PART = 4096;

const [rows, width, classes, epochs] = [115_846, 2048, 1000, 2].map((value, i) =>
  Number(Deno.args[i] ?? value)
);
const place = Deno.args[4] ?? "disk";
const config = await loadConfig(null, {
  set: ["batch=512", "loss=gml", `epochs=${epochs}`, "optimizer.lr=0.1", "optimizer.schedule.kind=constant"],
});

/** Scales counts of 1,280 to 5 images a class so that they add up to `total`. */
function countsOf(total: number): Uint32Array {
  const profile = longTailCounts(1280, classes, 256, "pareto");
  const sum = profile.reduce((a, b) => a + b, 0);
  const counts = profile.map((count) => Math.max(1, Math.round(count * total / sum)));
  counts[0] += total - counts.reduce((a, b) => a + b, 0);
  return counts;
}

const counts = countsOf(rows);
const labels = new Uint32Array(rows);
counts.reduce((at, count, label) => labels.fill(label, at, at + count) && at + count, 0);

/** Standard normal numbers; a row takes them from a place of its own on. */
const noise = Float32Array.from({ length: 2 ** 20 }, (_, i) => {
  const uniform = (half: number) => (hash32(i, half) + 0.5) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(uniform(0))) * Math.cos(2 * Math.PI * uniform(1));
});

/** Size of the class means in standard deviations of the noise: classes are neither all alike nor easily told apart. */
const SIGNAL = 0.2;

/** Makes the rows of a part of the samples. */
function makeRows(labels: Uint32Array, part: { from: number; to: number }, seed: number): Float32Array {
  const values = new Float32Array((part.to - part.from) * width);
  for (let i = 0; i < part.to - part.from; i++) {
    const mean = hash32(labels[part.from + i], 1);
    const from = hash32(part.from + i, seed);
    for (let j = 0; j < width; j++) {
      const value = SIGNAL * noise[(mean + j * 17) % noise.length] + noise[(from + j) % noise.length];
      values[i * width + j] = Math.max(0, value);
    }
  }
  return values;
}

/** Makes the rows of all samples, on disk or in memory. */
async function bankOf(path: string, labels: Uint32Array, seed: number): Promise<FeatureRows> {
  const { length: count } = labels;
  const memory = place === "memory" ? memoryRows(count, width) : null;
  const open = () =>
    ViewFile.open(path, { about, count, width }, () => Promise.reject(new Error("another run writes it")));
  using file = memory ? null : await open();
  const sink = memory ?? file!.sink({ from: 0, to: count });
  for (let from = 0; from < count; from += PART) {
    const part = { from, to: Math.min(from + PART, count) };
    await sink.put(range(part.from, part.to), makeRows(labels, part, seed));
  }
  return memory ?? file!.rows;
}

/** Rows that record resident memory whenever a batch is read. */
class Watched implements FeatureRows {
  resident: number[] = [];
  /** Milliseconds of reading rows. */
  ms = 0;
  constructor(readonly inner: FeatureRows) {}

  get count(): number {
    return this.inner.count;
  }

  get width(): number {
    return this.inner.width;
  }

  gather(samples: Uint32Array, out: Float32Array): void {
    this.resident.push(Deno.memoryUsage().rss);
    const start = performance.now();
    this.inner.gather(samples, out);
    this.ms += performance.now() - start;
  }

  close(): void {
    this.inner.close();
  }
}

/** Reads the most resident memory that the system saw, in bytes; null where it does not tell. */
function mostResident(): number | null {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))![1]);
  } catch {
    return null;
  }
}

const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);
const say = (text: string) => console.log(text);
const folder = Deno.makeTempDirSync({ prefix: "everyclass-bank-" });
try {
  say(
    `${rows.toLocaleString("en")} rows of ${width}, ${
      formatBytes(4 * rows * width)
    }, ${classes} classes of ` +
      `${counts[0]} to ${counts.at(-1)}, in ${place === "disk" ? "files" : "memory"}`,
  );
  let start = performance.now();
  const train = new Watched(await bankOf(`${folder}/view-1.f32`, labels, 1));
  const testLabels = Uint32Array.from({ length: 10 * classes }, (_, i) => i % classes);
  const test = await bankOf(`${folder}/view-0.f32`, testLabels, 2);
  say(`made${place === "disk" ? " and written" : ""} in ${seconds(start)} s, with 10 test rows a class`);
  if (place === "disk") {
    start = performance.now();
    using file = await ViewFile.open(
      `${folder}/view-1.f32`,
      { about, count: rows, width },
      () => Promise.resolve(),
    );
    const damaged = await file.check();
    if (damaged?.length !== 0 || file.missing.length > 0) throw new Error("the bank is not whole");
    say(`checked by its digests in ${seconds(start)} s`);
  }
  say(`resident ${formatBytes(Deno.memoryUsage().rss)} before the device is opened`);

  using device = await Device.open();
  const classifier = headOf("linear", { classes, features: width }, "fc");
  const network = { classes, features: width, classifier };
  // A trainer of the classifier reads these fields only.
  const setup = { device, network, counts, backbone: [], train: { count: rows, labels } } as unknown as Setup;
  const training = asTraining(config);
  using trainer = featureTrainer(setup, training);
  using head = new HeadLogits(setup, trainer.head);
  trainer.load(trainer.fresh(initHead(network, 0)));
  const batches = await rowsSource([train], labels, config.batch).open(0, config.batch);
  const tell = async (name: string) => {
    const recalls = classRecalls(predict(await head.of(test, () => {}), classes), testLabels, classes);
    const { mean, many, medium, few, hmean } = classMetrics(recalls, counts);
    const show = (value: number | null) => value?.toFixed(1) ?? "-";
    say(
      `${name}: mean recall ${show(mean)} %, many ${show(many)}, medium ${show(medium)}, few ${show(few)}, ` +
        `H-mean ${show(hmean)}`,
    );
  };
  await tell("before");
  for (let epoch = 0; epoch < epochs; epoch++) {
    train.resident = [];
    train.ms = 0;
    start = performance.now();
    const order = epochOrder(labels, classes, { sampler: "instance", seed: 0, epoch });
    const stretch = new Stretch(() => {});
    let step = 0;
    for await (const batch of batches(order, new Map())) {
      await trainer.step(batch, {
        epoch,
        step: step++,
        lr: config.optimizer.lr,
        weights: new Float32Array(0),
      });
      if (!stretch.step(batch.count, trainer.bytesOf(batch.count))) continue;
      await device.finish();
      stretch.end();
    }
    const state = await trainer.state();
    const { loss, steps } = sumsOf(state);
    trainer.clearSums(state);
    const time = (performance.now() - start) / 1000;
    const [first, last] = [train.resident[0], train.resident.at(-1)!];
    say(
      `epoch ${epoch + 1}: ${time.toFixed(1)} s, ${(rows / time).toFixed(0)} images/s, ` +
        `${(train.ms / 1000).toFixed(2)} s of it reading rows, loss ${(loss / steps).toFixed(4)}; resident ` +
        `${formatBytes(first)} at first, ${formatBytes(last)} at last, ${
          formatBytes(Math.max(...train.resident))
        } at most`,
    );
    await tell(`after epoch ${epoch + 1}`);
  }
  say(
    `device memory ${
      formatBytes(device.memory.used)
    }, on ${device.adapter} with the ${device.family} kernels`,
  );
  say(`most resident, making the features included: ${formatBytes(mostResident() ?? NaN)}`);
} finally {
  Deno.removeSync(folder, { recursive: true });
}
Deno.exit(0);
