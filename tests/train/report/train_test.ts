// The report of a training run, with and without a model before.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { classMetrics } from "../../../train/results/metrics.ts";
import { trainLead } from "../../../train/report/lead.ts";
import { renderReport, type RunReport } from "../../../train/report/run.ts";
import { type TrainConfig, trainSchema } from "../../../train/config/schema/train.ts";
import { assertSelfContained, cellsOf } from "./page.ts";

/** Contents of the report of a run of `train`. */
type TrainReport = RunReport & { config: TrainConfig };

const renderTrainReport = (report: TrainReport) =>
  renderReport(report, "train", trainLead(report.config, report));

/** A report of made-up results on classes of 500 down to 5 images: recalls fall from 90 by equal steps, over 9 before. */
function madeUp(classes: number, begunWith: string | null, epochs = 6): TrainReport {
  const rows = Array.from({ length: classes }, (_, i) => ({
    class: i,
    name: `class ${i}`,
    trainImages: Math.round(500 * 0.01 ** (classes > 1 ? i / (classes - 1) : 0)),
    before: begunWith && 50 - 50 * i / classes,
    after: 90 - 90 * i / classes,
    ensemble: null,
  })) as TrainReport["classes"];
  const counts = rows.map((row) => row.trainImages);
  const metrics = (key: "before" | "after") => classMetrics(rows.map((row) => row[key]! / 100), counts);
  return {
    folder: "runs/made-up",
    date: new Date("2026-01-02T03:04:05Z"),
    data: "Fashion-MNIST",
    config: trainSchema.parse({ name: "made-up", checkpoint: begunWith, epochs: 9, data: { augment: {} } }),
    summary: {
      date: "2026-01-02T03:04:05.000Z",
      before: begunWith === null ? null : metrics("before"),
      after: metrics("after"),
      ensemble: null,
      throughput: { trainImagesPerSecond: 702.34, dataWaitShare: 0.004 },
      batchParts: { count: 1, images: 64 },
      verdict: null,
      point: null,
      cost: null,
      seconds: { load: 3.2, stage1: 0, evaluate: 21, features: 0, train: 170, total: 200 },
      adapter: "llvmpipe (LLVM 15)",
      family: "lane",
      seed: 4,
      versions: { everyclass: "0.1.0" },
      images: { train: counts.reduce((a, b) => a + b), test: 100 * classes },
    },
    classes: rows,
    epochs: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      lr: 0.1 / (i + 1),
      loss: 3 / (i + 1),
      accuracy: 15 * i,
      seconds: 1,
      imagesPerSecond: 700,
      test: i % 2 ? { ...metrics("after"), hmean: 10 * i } : null,
    })),
  };
}

const plots = (page: string) => [...page.matchAll(/<svg id="(\w+)"/g)].map(([, id]) => id);

for (const classes of [1, 10, 100, 365]) {
  for (const begunWith of [null, "/weights/<ce>.pt"]) {
    Deno.test(`the training report of ${classes} classes from ${begunWith ?? "scratch"} is one page that loads nothing`, async () => {
      const page = await renderTrainReport(madeUp(classes, begunWith));
      assertSelfContained(page);
      assert(!page.includes("NaN") && !page.includes("undefined") && !page.includes("null%"));
      assertEquals(plots(page), ["recalls", "loss", "accuracy", "rate", "tests"]);
      assertEquals(page.includes("Change, percentage points"), begunWith !== null);
      assertEquals(page.includes("worst before"), begunWith !== null && classes > 10);
      assertEquals(page.includes("after − before"), begunWith !== null);
    });
  }
}

Deno.test("the training report tells what was done, how fast and how to repeat it", async () => {
  const page = await renderTrainReport(madeUp(10, null));
  for (
    const text of [
      "A ResNet-8, drawn from seed 0, was trained with cross-entropy for 9 epochs by SGD, learning rate 0.1 falling",
      "on augmented images of Fashion-MNIST cut to a long tail of ratio 100:",
      "702.3 images/s, 0.4% of the time waiting for data",
      "deno task train --config runs/made-up/config.yaml",
      "train 2 min 50 s",
      "warmup: 1",
    ]
  ) assertStringIncludes(page, text);
  // Ten recalls from 90 down to 9.
  assertEquals(cellsOf(page, "after").slice(0, 4).filter((_, i) => i === 0 || i === 3), ["49.50", "9.00"]);
  assertMatch(page, /<dt>Lowest recall, %<\/dt><dd>9\.00<\/dd>/);
  const from = await renderTrainReport(madeUp(10, "/weights/ce.pt"));
  assertStringIncludes(from, "A ResNet-8 from ce.pt was trained");
  assertMatch(from, /<dt>Lowest recall, %<\/dt><dd><span>5\.00 →<\/span> 9\.00<\/dd>/);
});

Deno.test("the training report tells after which epochs the learning rate falls", async () => {
  for (
    const [steps, words] of [[[1], "after epoch 1,"], [[3, 5], "after epoch 3 and 5,"], [[], "constant,"]]
  ) {
    const report = madeUp(10, null);
    const { optimizer } = report.config;
    const schedule = { kind: "steps", steps, factors: [] } as unknown as typeof optimizer.schedule;
    const config = { ...report.config, optimizer: { ...optimizer, schedule } };
    assertStringIncludes(await renderTrainReport({ ...report, config }), words as string);
  }
  const config = trainSchema.parse({
    optimizer: { name: "adamw", lr: 0.001, schedule: { kind: "constant" } },
  });
  const page = await renderTrainReport({ ...madeUp(10, null), config });
  assertStringIncludes(page, "by AdamW, learning rate 0.001 constant,");
});

Deno.test("the report of a run that trained nothing has no curves, and no speed of training", async () => {
  const report = madeUp(10, "/weights/ce.pt", 0);
  const throughput = { trainImagesPerSecond: 0, dataWaitShare: 0 };
  const page = await renderTrainReport({
    ...report,
    config: trainSchema.parse({ classifier: "tau-norm", epochs: 0 }),
    summary: { ...report.summary, throughput },
  });
  assertEquals(plots(page), ["recalls"]);
  assert(!page.includes("<h2>Training</h2>") && !page.includes("images/s"));
});

Deno.test("test metrics are drawn where they were taken on the way, each by its name", async () => {
  const once = madeUp(10, null, 2);
  assertEquals(plots(await renderTrainReport(once)), ["recalls", "loss", "accuracy"]);
  const page = await renderTrainReport(madeUp(10, null));
  const drawn = page.match(/<svg id="tests"[\s\S]*?<\/svg>/)![0];
  for (const name of ["mean", "H-mean", "lowest"]) assertStringIncludes(drawn, `>${name}<`);
});

Deno.test("the last learning rate of a curve is written to its left, not beyond the plot's edge", async () => {
  const page = await renderTrainReport(madeUp(10, null, 3));
  const drawn = page.match(/<svg id="loss"[\s\S]*?<\/svg>/)![0];
  const anchorOf = (rate: string) =>
    new RegExp(`<text[^>]*text-anchor="(\\w+)"[^>]*>lr ${rate}<`).exec(drawn)?.[1];
  assertEquals([anchorOf("0.05"), anchorOf("0.0333")], ["middle", "end"]);
});

Deno.test("batches that were taken in parts are told of", async () => {
  const report = madeUp(10, null);
  assert(!(await renderTrainReport(report)).includes("Batches"));
  const summary = { ...report.summary, batchParts: { count: 4, images: 16 } };
  assertStringIncludes(await renderTrainReport({ ...report, summary }), "in 4 parts of 16 images at most");
});
