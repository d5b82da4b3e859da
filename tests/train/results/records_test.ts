import { assertEquals } from "@std/assert";
import { classMetrics } from "../../../train/results/metrics.ts";
import { epochsCsv, recallsCsv, type Summary, summaryJson } from "../../../train/results/records.ts";

Deno.test("summary.json has the keys that other tools read, numbers to four decimals", () => {
  const before = classMetrics([1 / 3, 0.5], [200, 5]);
  const summary: Summary = {
    date: "2026-01-02T03:04:05.000Z",
    before,
    after: before,
    ensemble: null,
    throughput: { forwardImagesPerSecond: 81.23456, dataWaitShare: 0.0123456789 },
    batchParts: null,
    verdict: null,
    point: null,
    cost: null,
    seconds: { load: 1, stage1: 0, evaluate: 2, features: 3, train: 4, total: 10 },
    adapter: "llvmpipe",
    family: "lane",
    seed: 4294967295,
    versions: { everyclass: "0.1.0" },
    images: { train: 10847, test: 10000 },
  };
  const read = JSON.parse(summaryJson(summary));
  assertEquals(read.before, {
    mean: 41.6667,
    gmean: 40.8248,
    hmean: 40,
    lowest: 33.3333,
    zeroRecall: 0,
    many: 33.3333,
    medium: null,
    few: 50,
  });
  assertEquals(read.throughput, { forwardImagesPerSecond: 81.2346, dataWaitShare: 0.0123457 });
  const { before: _, after: __, throughput: ___, ...rest } = summary;
  assertEquals(Object.keys(read), Object.keys(summary));
  for (const [key, value] of Object.entries(rest)) assertEquals(read[key], value);
});

Deno.test("metrics.csv has a row for every epoch", () => {
  const test = { mean: 42.5, gmean: 40, hmean: 31.73456, lowest: 8 };
  const rows = [
    {
      epoch: 1,
      lr: 0.05,
      loss: 2.123456,
      accuracy: 50.5,
      seconds: 1.25,
      imagesPerSecond: 8677.6,
      test: null,
    },
    { epoch: 2, lr: 1e-7, loss: 2, accuracy: 51, seconds: 1, imagesPerSecond: 10847, test },
  ];
  assertEquals(
    epochsCsv(rows),
    "epoch,lr,loss,train_accuracy,seconds,images_per_second,test_mean,test_gmean,test_hmean,test_lowest\n" +
      "1,0.05,2.1235,50.5,1.25,8677.6,,,,\n2,1e-7,2,51,1,10847,42.5,40,31.7346,8\n",
  );
});

Deno.test("recalls.csv quotes names as spreadsheets do and leaves out what is missing", () => {
  const rows = [
    { class: 0, name: "T-shirt/top", trainImages: 6000, before: 66.67, after: 70, ensemble: 71.5 },
    { class: 1, name: 'a, "b"\nc', trainImages: 5, before: 0, after: null, ensemble: null },
  ];
  assertEquals(
    recallsCsv(rows),
    "class,name,train_images,before,after,ensemble,test_images," +
      ["before", "after", "ensemble"].map((name) =>
        ["low", "high", "precision", "f1"].map((each) => `${name}_${each}`)
      ).join() +
      `\n0,T-shirt/top,6000,66.67,70,71.5${",".repeat(13)}\n1,"a, ""b""\nc",5,0,,${",".repeat(13)}\n`,
  );
});
