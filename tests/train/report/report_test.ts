import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { configSchema } from "../../../train/config/schema/finetune.ts";
import { classMetrics } from "../../../train/results/metrics.ts";
import { finetuneLead } from "../../../train/report/lead.ts";
import { renderReport as render, type RunReport } from "../../../train/report/run.ts";
import type { Config } from "../../../train/config/load.ts";
import { bySize } from "../../../train/report/recalls.ts";
import { assertSelfContained, cellsOf } from "./page.ts";

/** Contents of the report of a run of `finetune`. */
type Report = RunReport & { config: Config };

const renderReport = (report: Report) => render(report, "finetune", finetuneLead(report.config, report));

/** A report of made-up results: class sizes fall from `head` to 5, names are given or `class 0` and so on. */
function madeUp(classes: number, head: number, name = (i: number) => `class ${i}`): Report {
  const rows = Array.from({ length: classes }, (_, i) => ({
    class: i,
    name: name(i),
    trainImages: Math.round(head * (5 / head) ** (classes > 1 ? i / (classes - 1) : 0)),
    before: 90 - 90 * i / classes,
    after: 80 - 50 * i / classes,
    ensemble: 85 - 60 * i / classes,
  }));
  const counts = rows.map((row) => row.trainImages);
  const metrics = (key: "before" | "after" | "ensemble") =>
    classMetrics(rows.map((row) => row[key] / 100), counts);
  return {
    folder: "runs/made-up",
    date: new Date("2026-01-02T03:04:05Z"),
    data: "Fashion-MNIST",
    config: configSchema.parse({ name: "made-up", checkpoint: "/weights/ce.pt" }),
    summary: {
      date: "2026-01-02T03:04:05.000Z",
      before: metrics("before"),
      after: metrics("after"),
      ensemble: metrics("ensemble"),
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
      images: { train: counts.reduce((a, b) => a + b), test: 100 * classes },
    },
    classes: rows,
    epochs: [1, 2, 3].map((epoch) => ({
      epoch,
      lr: epoch < 3 ? 0.05 : 0.01,
      loss: 3 / epoch,
      accuracy: 20 * epoch,
      seconds: 1,
      imagesPerSecond: 1000,
      test: null,
    })),
    machine: { System: "Linux, 2 threads" },
  };
}

/** The content of the plot of recalls. */
const recallPlot = (page: string) => page.match(/<svg id="recalls"[\s\S]*?<\/svg>/)![0];

for (const [classes, head] of [[1, 50], [2, 2000], [10, 6000], [100, 500], [365, 4980], [1000, 1280]]) {
  Deno.test(`the report of ${classes} classes is one page that loads nothing`, async () => {
    const page = await renderReport(madeUp(classes, head));
    assertEquals(page, await renderReport(madeUp(classes, head))); // byte for byte
    assertSelfContained(page);
    assert(page.startsWith("<!doctype html>\n") && page.endsWith("</html>\n"));
    assert(!page.includes("NaN") && !page.includes("undefined"));
    for (const group of ["recalls", "loss", "accuracy"]) assertStringIncludes(page, `<svg id="${group}"`);
  });
}

Deno.test("the report tells what was done, on what machine, how fast and how to repeat it", async () => {
  const page = await renderReport(madeUp(10, 6000));
  for (
    const text of [
      "<title>Fashion-MNIST · made-up · everyclass</title>",
      "The classifier of a ResNet-8 from ce.pt was trained further with GML for 20 epochs on 2 stored " +
      "augmented views of every image, the rest of the network frozen, on Fashion-MNIST cut to a long tail of ratio 100: " +
      "11,002 images in 10 classes of 6,000 down to 5.",
      "2026-01-02 03:04 UTC",
      "llvmpipe (LLVM 15)",
      "Linux, 2 threads",
      "everyclass 0.1.0, deno 2.9.6",
      "84.3 images/s, 2.1% of the time waiting for data",
      "deno task finetune --config runs/made-up/config.yaml",
      "weightDecay: 0.0005",
      "features 8 min 32 s",
      "total 11 min 10 s",
    ]
  ) assertStringIncludes(page, text);
});

Deno.test("the report tells of a stage 1 that the run trained itself", async () => {
  const report = madeUp(10, 6000);
  assert(!(await renderReport(report)).includes("stage 1"));
  report.config = configSchema.parse({ stage1: "/configs/ce.yaml" });
  report.summary.seconds.stage1 = 125;
  const page = await renderReport(report);
  assertStringIncludes(page, "The classifier of a ResNet-8 from stage 1 by ce.yaml was trained further");
  assertStringIncludes(page, "stage 1 2 min 05 s");
});

Deno.test("the report's table has before, after, ensemble and the change with its sign", async () => {
  const report = madeUp(10, 6000);
  const page = await renderReport(report);
  // Recalls fall from 90 to 9 in steps of 9 before, from 80 to 35 in steps of 5 after; 6, 2 and 2 classes are many,
  // medium and few.
  const { gmean, hmean } = report.summary.before!;
  assertEquals(cellsOf(page, "before"), [
    "49.50",
    gmean.toFixed(2),
    hmean.toFixed(2),
    "9.00",
    "0",
    "67.50",
    "31.50",
    "13.50",
  ]);
  const change = cellsOf(page, "after − before");
  assertEquals([0, 3, 4, 5, 7].map((i) => change[i]), ["+8.00", "+26.00", "0", "0.00", "+24.00"]);
  assertEquals(cellsOf(page, "ensemble").length, 8);
  const without = await renderReport({ ...report, summary: { ...report.summary, ensemble: null } });
  assert(!without.includes("<td>ensemble</td>"));
});

Deno.test("text from outside is escaped wherever it stands", async () => {
  const evil = `</svg><script>alert("1")</script>&'`;
  for (const classes of [3, 60]) {
    const report = madeUp(classes, 500, (i) => `${evil}${i}`);
    report.summary.adapter = evil;
    report.summary.versions = { [evil]: evil };
    report.machine = { [evil]: evil };
    report.folder = evil;
    report.config.checkpoint = `/x/<script>.pt`;
    const page = await renderReport(report);
    assertSelfContained(page);
    assertStringIncludes(recallPlot(page), "&lt;/svg&gt;&lt;script&gt;");
  }
});

Deno.test("classes stand from the largest to the smallest, whatever their labels", async () => {
  const report = madeUp(10, 6000);
  report.classes = report.classes.toReversed();
  assertEquals(bySize(report.classes).map((row) => row.class), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const names = [...recallPlot(await renderReport(report)).matchAll(/>class (\d)</g)].map((match) =>
    match[1]
  );
  assertEquals(names.join(""), "0123456789");
});

Deno.test("class names are written under the plot where they fit", async () => {
  for (const [classes, fit] of [[10, true], [100, true], [365, false], [1000, false]] as const) {
    const plot = recallPlot(await renderReport(madeUp(classes, 5000)));
    assertEquals(plot.includes(">class 3<"), fit, String(classes));
  }
});

Deno.test("long class names that begin alike can be told apart under the plot", async () => {
  const plot = recallPlot(
    await renderReport(madeUp(30, 500, (i) => `${"a long class name ".repeat(4)}${i}`)),
  );
  assertStringIncludes(plot, ">a long class n…s name 29<");
});

Deno.test("the worst classes before and after are each the ten of the lowest recall", async () => {
  const report = madeUp(30, 500);
  report.classes = report.classes.map((row) => ({ ...row, after: 100 - row.before! }));
  const page = await renderReport(report);
  const table = (title: string) =>
    [...page.slice(page.indexOf(title)).split("</table>")[0].matchAll(/class="text">class (\d+)</g)].map((
      m,
    ) => +m[1]);
  assertEquals(table("The 10 worst before"), [29, 28, 27, 26, 25, 24, 23, 22, 21, 20]);
  assertEquals(table("The 10 worst after"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("a run of one epoch, or of none, has its report too", async () => {
  for (const [count, curves] of [[0, false], [1, true]] as const) {
    const report = madeUp(10, 6000);
    const page = await renderReport({ ...report, epochs: report.epochs.slice(0, count) });
    assertSelfContained(page);
    assertEquals(page.includes('over 1 epoch"'), curves);
  }
});

Deno.test("a report without metrics after re-training is refused", async () => {
  const report = madeUp(3, 50);
  report.summary.after = null;
  await assertRejects(() => renderReport(report), TypeError, "there are none");
});

Deno.test("the lead counts the views that there were, and calls images of one's own what they are", async () => {
  const report = madeUp(3, 50);
  const data = { source: "folder", ratio: 1 };
  const config = configSchema.parse({ name: "own", checkpoint: "/ce.pt", data, epochs: 2, views: 4 });
  const page = await renderReport({ ...report, config });
  assertStringIncludes(page, "for 2 epochs on 2 stored augmented views of every image");
  assertStringIncludes(page, ", on a folder of images: ");
});

Deno.test("classes without test images stand in the table of all classes alone", async () => {
  const report = madeUp(4, 500);
  const classes = report.classes.map((row) =>
    row.class === 2 ? { ...row, name: "untested", before: null, after: null, ensemble: null } : row
  );
  const page = await renderReport({ ...report, classes });
  assert(!page.includes("NaN") && !page.includes("undefined"));
  assert(!recallPlot(page).includes("untested"));
  assertStringIncludes(recallPlot(page), "Recall of 3 classes");
  assertEquals(page.split("untested").length, 2);
  assertMatch(page, /untested<\/td>(<td[^>]*>[^<]*<\/td>){2}(<td>–<\/td>){4}/);
});
