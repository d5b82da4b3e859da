// A run of made-up predictions, whose report has every section.

import { configSchema } from "../../../train/config/schema/finetune.ts";
import type { Config } from "../../../train/config/load.ts";
import { classMetrics, classRecalls } from "../../../train/results/metrics.ts";
import type { RunReport } from "../../../train/report/run.ts";
import { randomOf } from "../../../train/statistics/draws/random.ts";
import { verdictOf } from "../../../train/verdict/verdict.ts";

/** Logits [images, classes]: the true class stands out by `strength` of its class, others by chance. */
export function madeUpLogits(
  labels: ArrayLike<number>,
  classes: number,
  strength: (label: number) => number,
  seed: number,
): Float32Array {
  const random = randomOf(seed);
  const logits = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    for (let k = 0; k < classes; k++) logits[i * classes + k] = 2 * random.normal() - 2 * k / classes;
    logits[i * classes + labels[i]] += strength(labels[i]);
  }
  return logits;
}

/** The class of the largest score of every row. */
export function largest(scores: ArrayLike<number>, classes: number): Uint32Array {
  return Uint32Array.from({ length: scores.length / classes }, (_, i) => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (scores[i * classes + k] > scores[i * classes + best]) best = k;
    return best;
  });
}

/** A report with a verdict, of class sizes from 6000 down to 5. @param perClass Test images of each class. */
export function madeUpRun(classes: number, perClass: number, begins = true) {
  const labels = Uint32Array.from({ length: classes * perClass }, (_, i) => i % classes);
  const classNames = Array.from({ length: classes }, (_, i) => `class ${i}`);
  const counts = classNames.map((_, i) => Math.round(6000 * (5 / 6000) ** (i / Math.max(1, classes - 1))));
  const logits = {
    before: begins ? madeUpLogits(labels, classes, (c) => 7 - 6 * c / classes, 1) : null,
    after: madeUpLogits(labels, classes, (c) => 5.5 - 1.5 * c / classes, 2),
  };
  const predictions = {
    before: logits.before && largest(logits.before, classes),
    after: largest(logits.after, classes),
    ensemble: logits.before && largest(logits.after.map((value, i) => value + logits.before![i]), classes),
  };
  const recalls = (model: Uint32Array | null) => model && classRecalls(model, labels, classes);
  const found = {
    before: recalls(predictions.before),
    after: recalls(predictions.after)!,
    ensemble: recalls(predictions.ensemble),
  };
  const metrics = (model: Float64Array | null) => model && classMetrics(model, counts);
  const percent = (model: Float64Array | null, i: number) => model && 100 * model[i];
  const verdict = verdictOf({ labels, classNames, ...predictions, draws: 1000 });
  const report: RunReport & { config: Config } = {
    folder: "runs/made-up",
    date: new Date("2026-01-02T03:04:05Z"),
    data: "Fashion-MNIST",
    config: configSchema.parse({ name: "made-up", checkpoint: "/weights/ce.pt" }),
    summary: {
      date: "2026-01-02T03:04:05.000Z",
      before: metrics(found.before),
      after: metrics(found.after),
      ensemble: metrics(found.ensemble),
      throughput: { forwardImagesPerSecond: 84.31, dataWaitShare: 0.021 },
      batchParts: { count: 1, images: 128 },
      verdict: null,
      point: null,
      cost: null,
      seconds: { load: 3.2, stage1: 0, evaluate: 121, features: 512, train: 31, total: 670 },
      adapter: "llvmpipe (LLVM 15)",
      family: "lane",
      seed: 0,
      versions: { everyclass: "0.1.0", deno: "2.9.6" },
      images: { train: counts.reduce((a, b) => a + b), test: labels.length },
    },
    verdict,
    classes: classNames.map((name, i) => ({
      class: i,
      name,
      trainImages: counts[i],
      before: percent(found.before, i),
      after: percent(found.after, i),
      ensemble: percent(found.ensemble, i),
    })),
    epochs: [1, 2, 3].map((epoch) => ({
      epoch,
      lr: epoch < 3 ? 0.05 : 0.01,
      loss: 3 / epoch,
      accuracy: 20 * epoch,
      seconds: 1,
      imagesPerSecond: 1000,
      test: null,
    })),
  };
  return { report, labels, classNames, logits, predictions };
}
