import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import { loadConfig } from "../../../train/config/load.ts";
import type { Metrics } from "../../../train/results/metrics.ts";
import type { Summary } from "../../../train/results/records.ts";
import { beginIndex, everyclass, filesIn, isIndexed } from "../command.ts";
import { Problem, randomState } from "../problem.ts";

const problem = new Problem();

function summaryOf(run: string): Summary {
  return JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")));
}

function csvOf(run: string, file: string): string[][] {
  const text = Deno.readTextFileSync(problem.path(run, file));
  assert(text.endsWith("\n"), `${file} does not end with a line`);
  return text.trimEnd().split("\n").map((line) => line.split(","));
}

/** The metrics have the promised names and numbers in their ranges; the made-up problem has no class above 100. */
function checkMetrics(metrics: Metrics): void {
  const names = ["mean", "gmean", "hmean", "lowest", "zeroRecall", "many", "medium", "few"];
  assertEquals(Object.keys(metrics), names);
  assertEquals(metrics.many, null);
  const { mean, gmean, hmean, lowest, zeroRecall, medium, few } = metrics;
  for (const value of [mean, gmean, hmean, lowest, medium!, few!]) {
    assert(value >= 0 && value <= 100, `${value}`);
  }
  assert(hmean <= gmean && gmean <= mean + 1e-3 && lowest <= mean, JSON.stringify(metrics));
  assertEquals(lowest === 0, zeroRecall > 0);
}

Deno.test("finetune: a run prints a table and leaves a whole folder", async () => {
  const { code, out, err } = await everyclass([
    "finetune",
    ...problem.flags(
      "run",
      "name=made-up ensemble={} optimizer.schedule.kind=steps optimizer.schedule.steps=[2,9] optimizer.schedule.factors=[.2,.04]",
    ),
  ]);
  assertEquals(code, 0, err);
  assertStringIncludes(err, "9 of optimizer.schedule.steps is not reached");
  assertEquals(filesIn(problem.path("run")), [
    "checkpoint.safetensors",
    "config.yaml",
    "metrics.csv",
    "recalls.csv",
    "report.html",
    "summary.json",
  ]);
  const { before, after, ensemble } = summaryOf("run");
  const rows = out.split("\n").filter((line) => /^(before|after|ensemble) /.test(line)).map((row) =>
    row.split(/ +/)
  );
  assertEquals(rows.map((row) => row.slice(0, 2)), [
    ["before", before!.mean.toFixed(2)],
    ["after", after!.mean.toFixed(2)],
    ["ensemble", ensemble!.mean.toFixed(2)],
  ]);
  assertStringIncludes(out, `Report: ${problem.path("run/report.html")}`);
  assertStringIncludes(err, "177 training images in 4 classes of 100 to 10, 120 test images");
  for (const stage of ["evaluate stage 1: 120 images", "view 2 of 2: 177 images", "re-train: epoch 3 of 3"]) {
    assertStringIncludes(err, stage);
  }
});

Deno.test("finetune: the summary has the promised shape", () => {
  const summary = summaryOf("run");
  const keys =
    "date before after ensemble throughput batchParts verdict point cost moreLabels seconds adapter family seed versions images";
  assertEquals(Object.keys(summary), keys.split(" "));
  for (const metrics of [summary.before, summary.after, summary.ensemble]) checkMetrics(metrics!);
  const { forwardImagesPerSecond, dataWaitShare } = summary.throughput;
  assert(forwardImagesPerSecond! > 0 && dataWaitShare >= 0 && dataWaitShare <= 1);
  assertEquals(summary.moreLabels, null);
  const { curve, ...point } = summary.point!;
  assertEquals(point, { t: 0, by: null, target: null, images: null, slope: null });
  const { mean, hmean, lowest } = summary.after!;
  // The problem has as many test images of each class.
  assertEquals(curve.find(({ t }) => t === 0), { t: 0, mean, hmean, lowest, accuracy: mean });
  const { seconds } = summary;
  assertEquals(Object.keys(seconds), ["load", "stage1", "evaluate", "features", "train", "total"]);
  const sum = seconds.load + seconds.evaluate + seconds.features + seconds.train;
  assert(seconds.load > 0 && seconds.features > 0 && seconds.train > 0 && sum <= seconds.total + 0.01);
  assert(summary.adapter.length > 0 && ["tile", "lane"].includes(summary.family));
  assertEquals(summary.seed, 0);
  assertStringIncludes(
    Deno.readTextFileSync(problem.path("run/report.html")),
    `${summary.date.slice(0, 16).replace("T", " ")} UTC`,
  );
  assertEquals(summary.versions.deno, Deno.version.deno);
  assertMatch(summary.versions.everyclass, /^\d+\.\d+\.\d+$/);
  assertEquals(summary.images, { train: 177, test: 120 });
});

Deno.test("finetune: the tables have a row for every epoch and every class", () => {
  const [head, ...epochs] = csvOf("run", "metrics.csv");
  const columns =
    "epoch,lr,loss,train_accuracy,seconds,images_per_second,test_mean,test_gmean,test_hmean,test_lowest";
  assertEquals(head.join(), columns);
  assertEquals(epochs.map((row) => row.slice(0, 2)), [["1", "0.05"], ["2", "0.05"], ["3", "0.01"]]);
  for (const row of epochs) {
    assert(row.slice(0, 6).every((cell) => Number.isFinite(Number(cell)) && cell !== ""), `${row}`);
  }

  const [heads, ...classes] = csvOf("run", "recalls.csv");
  assertEquals(heads.slice(0, 7).join(), "class,name,train_images,before,after,ensemble,test_images");
  assertEquals(heads.slice(7, 11).join(), "before_low,before_high,before_precision,before_f1");
  const column = (name: string) => classes.map((row) => Number(row[heads.indexOf(name)]));
  assertEquals(column("test_images"), [30, 30, 30, 30]);
  column("after").forEach((recall, i) => {
    assert(column("after_low")[i] <= recall && recall <= column("after_high")[i], `${recall} of class ${i}`);
  });
  assertEquals(classes.map((row) => row.slice(0, 3)), [
    ["0", "0", "100"],
    ["1", "1", "46"],
    ["2", "2", "21"],
    ["3", "3", "10"],
  ]);
  const { before, after, ensemble } = summaryOf("run");
  [before, after, ensemble].forEach((metrics, model) => {
    const recalls = classes.map((row) => Number(row[3 + model]));
    assertEquals(recalls.filter((recall) => recall === 0).length, metrics!.zeroRecall);
    const mean = recalls.reduce((a, b) => a + b, 0) / recalls.length;
    assert(Math.abs(mean - metrics!.mean) < 1e-3, `${recalls} have no mean of ${metrics!.mean}`);
  });
});

Deno.test("finetune: the config in the folder is the effective one", async () => {
  const flags = problem.flags(
    "elsewhere",
    "name=made-up ensemble={} optimizer.schedule.kind=steps optimizer.schedule.steps=[2,9] optimizer.schedule.factors=[.2,.04]",
  );
  const set = flags.flatMap((flag, i) => flags[i - 1] === "--set" ? [flag] : []);
  const effective = await loadConfig(null, { data: problem.data, checkpoint: problem.checkpoint, set });
  assertEquals(await loadConfig(problem.path("run/config.yaml")), effective);
});

Deno.test("finetune: the report is one file without scripts or anything from outside", () => {
  const html = Deno.readTextFileSync(problem.path("run/report.html"));
  assertMatch(html, /^<!doctype html>/);
  assertEquals(/<script|<link|<iframe|<img (?!src="data:)|@import|javascript:|\son\w+=/i.exec(html), null);
  const addresses = [...html.matchAll(/(?:src|href|url\()\s*=?\s*["']?(https?:|\/\/)[^"')\s]*/gi)];
  assertEquals(addresses.map(([address]) => address), []);
  assertStringIncludes(html, summaryOf("run").after!.mean.toFixed(2));
});

Deno.test("finetune: the checkpoint says what it is, and evaluates to the metrics after re-training", async () => {
  const checkpoint = problem.path("run/checkpoint.safetensors");
  const { metadata } = parseSafetensors(Deno.readFileSync(checkpoint));
  assertEquals(metadata.network, "resnet8");
  assertEquals(JSON.parse(metadata.trainImages), [100, 46, 21, 10]);
  assertEquals([metadata.loss, metadata.epochs, metadata.seed], ["gml", "3 of 3", "0"]);

  const predictions = problem.path("predicted/labels.txt");
  const args = [...problem.flags("evaluated", "", { checkpoint }), "--predictions", predictions];
  beginIndex(problem.folder);
  const { code, out, err } = await everyclass(["evaluate", ...args]);
  assertEquals(code, 0, err);
  assertStringIncludes(out, "model ");
  const { after } = summaryOf("run");
  const evaluated = summaryOf("evaluated");
  assertEquals([evaluated.before, evaluated.after, evaluated.ensemble], [after, null, null]);
  assertEquals(evaluated.point, summaryOf("run").point);
  for (const run of ["run", "evaluated"]) {
    assertStringIncludes(Deno.readTextFileSync(problem.path(run, "report.html")), "<h2>Operating point</h2>");
  }
  assertEquals(filesIn(problem.path("evaluated")), [
    "config.yaml",
    "recalls.csv",
    "report.html",
    "summary.json",
  ]);
  assert(isIndexed(problem.folder, "evaluated") && isIndexed(problem.folder, "run"));

  const labels = Deno.readTextFileSync(predictions).trimEnd().split("\n").map(Number);
  assertEquals(labels.length, 120);
  // The problem's test images are of classes 0, 1, 2, 3, 0, 1, ... in turn.
  const right = labels.filter((label, i) => label === i % 4).length;
  assert(
    Math.abs(100 * right / 120 - after!.mean) < 1e-3,
    `${right} of 120 are right, the mean is ${after!.mean}`,
  );
});

Deno.test("evaluate: the re-trained and the stage-1 checkpoint together are the run's ensemble", async () => {
  const args = problem.flags("both", "", { checkpoint: problem.path("run/checkpoint.safetensors") });
  const { code, err } = await everyclass(["evaluate", ...args, "--ensemble", problem.checkpoint, "--quiet"]);
  assertEquals([code, err], [0, ""]);
  assertEquals(summaryOf("both").ensemble, summaryOf("run").ensemble);
});

Deno.test("finetune: a run without the key ensemble has no ensemble, and its checkpoint one model", async () => {
  const { code, out, err } = await everyclass(["finetune", ...problem.flags("alone", "epochs=1 views=1")]);
  assertEquals(code, 0, err);
  assertEquals([...out.matchAll(/^(before|after|ensemble) /gm)].map(([, name]) => name), ["before", "after"]);
  assertEquals(summaryOf("alone").ensemble, null);
  const namesIn = (run: string) =>
    [...parseSafetensors(Deno.readFileSync(problem.path(run, "checkpoint.safetensors"))).state.keys()]
      .filter((name) => name.startsWith("ensemble."));
  assertEquals([namesIn("alone").length > 0, namesIn("run").length > 0], [false, true]);
});

Deno.test("finetune: --json prints the summary and nothing else, --quiet prints nothing", async () => {
  const json = await everyclass([
    "finetune",
    ...problem.flags("json", "epochs=1 views=1"),
    "--json",
    "--quiet",
  ]);
  assertEquals([json.code, json.err], [0, ""]);
  assertEquals(JSON.parse(json.out), summaryOf("json"));
  const quiet = await everyclass(["finetune", ...problem.flags("quiet", "epochs=1 views=1"), "--quiet"]);
  assertEquals(quiet, { code: 0, out: "", err: "" });
  assert(isIndexed(problem.folder, "quiet"));
  assertEquals(filesIn(problem.path("quiet")).length, 6);
});

Deno.test("finetune: a network trained for other classes gets a new classifier, where it is to begin anew", async () => {
  const checkpoint = problem.path("seven.safetensors");
  Deno.writeFileSync(checkpoint, writeSafetensors(randomState("resnet8", 7)));
  const flags = problem.flags("other classes", "ensemble={}").map((flag) =>
    flag === problem.checkpoint ? checkpoint : flag
  );
  const refused = await everyclass(["finetune", ...flags]);
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.err, "linear was trained for 7 classes, the network has 4");

  const { code, err, out } = await everyclass(["finetune", ...flags, "--set", "classifier=reinit"]);
  assertEquals(code, 0, err);
  assertStringIncludes(err, "Initialised, as the checkpoint has no values that fit: linear");
  const { before, after, ensemble } = summaryOf("other classes");
  assertEquals([before, ensemble], [null, null]);
  checkMetrics(after!);
  assert(!/^(before|ensemble) /m.test(out), out);
  assert(csvOf("other classes", "recalls.csv").slice(1).every((row) => row[3] === "" && row[4] !== ""));
  const report = Deno.readTextFileSync(problem.path("other classes", "report.html"));
  assert(!report.includes("Before and after"));

  // What was drawn is no model to evaluate; what came of it is.
  const reinit = ["--set", "classifier=reinit"];
  const evaluate = (given: string, out: string) =>
    everyclass(["evaluate", ...problem.flags(out, "", { checkpoint: given }), ...reinit]);
  const none = await evaluate(checkpoint, "none");
  assertEquals(none.code, 1);
  assertStringIncludes(none.err, "linear was trained for 7 classes, the network has 4");
  const evaluated = await evaluate(problem.path("other classes", "checkpoint.safetensors"), "its result");
  assertEquals(evaluated.code, 0, evaluated.err);
  assertEquals(summaryOf("its result").before, after);
});
