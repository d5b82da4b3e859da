// Training a whole network: from scratch, stopped and resumed, from a checkpoint, and when its numbers break.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseSafetensors } from "../../../engine/mod.ts";
import type { Metrics } from "../../../train/results/metrics.ts";
import type { BatchParts, Summary, Throughput } from "../../../train/results/records.ts";
import { everyclass, filesIn } from "../command.ts";
import { Problem } from "../problem.ts";
import { assertTaken } from "../takes.ts";

const problem = new Problem();

/** 177 images of four classes in three batches, the last one short. */
const KEYS = "data.source=idx data.ratio=10 data.augment.pad=1 epochs=2 batch=70 workers=1 " +
  "optimizer.schedule.kind=steps optimizer.schedule.steps=[] optimizer.schedule.factors=[]";

function flags(name: string, sets = ""): string[] {
  const keys = `${KEYS} ${sets}`.trim().split(" ").flatMap((key) => ["--set", key]);
  return ["train", "--data", problem.data, "--out", problem.path(name), ...keys];
}

const bytesOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));
type TrainedSummary = Summary & { after: Metrics; batchParts: BatchParts; throughput: Required<Throughput> };
const summaryOf = (run: string): TrainedSummary =>
  JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")));
/** The rows of metrics.csv without the times. */
const epochsOf = (run: string) =>
  Deno.readTextFileSync(problem.path(run, "metrics.csv")).trimEnd().split("\n").slice(1)
    .map((row) => row.split(",").filter((_, column) => column < 4 || column > 5));

Deno.test("a network is trained from scratch and leaves a whole run folder", async () => {
  const { code, out, err } = await everyclass(flags("run", "evaluateEvery=1"));
  assertEquals(code, 0, err);
  assertStringIncludes(err, "resnet8 drawn from seed 0");
  assertStringIncludes(out, "H-mean");
  assertEquals(filesIn(problem.path("run")), [
    "checkpoint.safetensors",
    "config.yaml",
    "metrics.csv",
    "recalls.csv",
    "report.html",
    "summary.json",
  ]);
  assertStringIncludes(out, `Report: ${problem.path("run/report.html")}`);
  const html = Deno.readTextFileSync(problem.path("run/report.html"));
  assertStringIncludes(html, summaryOf("run").after.hmean.toFixed(2));
  assertStringIncludes(html, `deno task train --config ${problem.path("run/config.yaml")}`);
  const { before, after, throughput, images } = summaryOf("run");
  assertEquals([before, images], [null, { train: 177, test: 120 }]);
  assert(after.mean > 0 && throughput.trainImagesPerSecond > 0);
  const epochs = epochsOf("run");
  assertEquals(epochs.map(([epoch, lr]) => [epoch, lr]), [["1", "0.1"], ["2", "0.1"]]);
  assert(epochs.every((row) => row.length === 8 && row.slice(4).every((cell) => cell !== "")), `${epochs}`);
  const [head, first] = Deno.readTextFileSync(problem.path("run/recalls.csv")).split("\n");
  assertStringIncludes(head, "class,name,train_images,before,after,ensemble,test_images,before_low");
  assertMatch(first, /^0,[^,]*,100,,[\d.]+,,30,/);
});

Deno.test("the loss falls", () => {
  const losses = epochsOf("run").map(([, , loss]) => Number(loss));
  assert(losses[1] < losses[0] - 0.1, `${losses}`);
});

Deno.test("Ctrl-C keeps the network, and --resume ends as if nothing had been", async () => {
  const { code, err } = await everyclass(
    flags("stopped"),
    (line, send) => line.includes("epoch 1 of 2") && send("SIGINT"),
  );
  assertEquals(code, 130, err);
  const folder = problem.path("stopped");
  assert(err.endsWith(`  deno task train --resume ${folder}\n`), err);
  assertEquals(filesIn(folder), [
    "checkpoint.safetensors",
    "config.yaml",
    "metrics.csv",
    "work-before.safetensors",
    "work.safetensors",
  ]);
  const other = await everyclass(["train", "--resume", folder, "--set", "optimizer.lr=0.2"]);
  assertEquals(other.code, 1);
  assertStringIncludes(other.err, "current one has other optimizer.lr (0.1, not 0.2)");
  const resumed = await everyclass(["train", "--resume", folder, "--quiet"]);
  assertEquals(resumed.code, 0, resumed.err);
  assert(!filesIn(folder).includes("work.safetensors") && filesIn(folder).includes("summary.json"));
  assertEquals(bytesOf("stopped"), bytesOf("run"));
  assertEquals(
    epochsOf("stopped").map((row) => row.slice(0, 4)),
    epochsOf("run").map((row) => row.slice(0, 4)),
  );
});

Deno.test("finetune and evaluate take its checkpoint", async () => {
  await assertTaken(problem, "run");
});

Deno.test("a classifier alone is trained on a checkpoint's frozen network, with deferred weights and mixup", async () => {
  const checkpoint = problem.path("run/checkpoint.safetensors");
  const sets = "train=classifier statistics=frozen batch=177 loss.weights=effective loss.deferred=1 mixup=1";
  const { code, err } = await everyclass([...flags("classifier", sets), "--checkpoint", checkpoint]);
  assertEquals(code, 0, err);
  assertEquals(summaryOf("classifier").before, summaryOf("run").after);
  const [old, now] = ["run", "classifier"].map((run) => parseSafetensors(bytesOf(run)).state);
  for (const [name, { data }] of old) {
    if (name.startsWith("linear.")) assert(data.some((value, i) => value !== now.get(name)!.data[i]), name);
    else assertEquals(now.get(name)!.data, data, name);
  }
});

Deno.test("the classifier learns by the focal loss with weights and by label-aware smoothing", async () => {
  const checkpoint = problem.path("run/checkpoint.safetensors");
  const head =
    "train=classifier statistics=frozen batch=177 epochs=3 optimizer.schedule.warmup=0 optimizer.lr=0.01";
  for (const [run, sets] of [["focal", "loss.weights=effective"], ["las", "loss.smoothing.head=0.3"]]) {
    const { code, err } = await everyclass([
      ...flags(run, `${head} loss.name=${run} ${sets}`),
      "--checkpoint",
      checkpoint,
    ]);
    assertEquals(code, 0, err);
    const losses = epochsOf(run).map(([, , loss]) => Number(loss));
    assert(losses.length === 3 && losses[1] < losses[0] && losses[2] < losses[1], `${run}: ${losses}`);
  }
});

Deno.test("batches that do not fit the memory are taken in parts, which the run tells and the report keeps", async () => {
  const checkpoint = ["--checkpoint", problem.path("run/checkpoint.safetensors")];
  const sets = "epochs=1 train=classifier statistics=frozen";
  const { code, err } = await everyclass([...flags("parts", `${sets} memoryBudget=0.002`), ...checkpoint]);
  assertEquals(code, 0, err);
  assertMatch(
    err,
    /Batches of 70 are taken in (\d+) parts of [\d or]+ images, as many as the device holds by a budget of 2\.0 MiB; losses and steps are those of the whole batch\n/,
  );
  const { batchParts } = summaryOf("parts");
  assert(batchParts.count > 1 && batchParts.count * batchParts.images >= 70, JSON.stringify(batchParts));
  const html = Deno.readTextFileSync(problem.path("parts", "report.html"));
  assertStringIncludes(html, `in ${batchParts.count} parts of ${batchParts.images} images at most`);

  const whole = await everyclass([...flags("whole", sets), ...checkpoint]);
  assertEquals(whole.code, 0, whole.err);
  assert(!whole.err.includes("parts of"), whole.err);
  assertEquals(summaryOf("whole").batchParts, { count: 1, images: 70 });
  const [losses] = [["parts", "whole"].map((run) => Number(epochsOf(run)[0][2]))];
  assert(Math.abs(losses[0] / losses[1] - 1) < 1e-4, `${losses}`);
  const { code: none, err: why } = await everyclass(flags("none", "memoryBudget=0.001"));
  assertEquals(none, 1);
  assertMatch(why, /Cannot (train on batches of 70|allocate .*budget of 1\.0 MiB)/);
});

Deno.test("a last batch of one image of which one pixel is left is refused before anything is trained", async () => {
  const tiny = new Problem(4);
  for (
    const [task, own] of [["train", "optimizer.schedule.kind=cosine"], [
      "finetune",
      "optimizer.schedule.kind=constant featureBank=memory",
    ]]
  ) {
    const sets = `data.source=idx data.ratio=10 statistics=updated epochs=1 batch=88 ${own}`; // 177 are 88, 88 and 1
    const files = ["--data", tiny.data, "--checkpoint", tiny.checkpoint, "--out", tiny.path(task)];
    const { code, err } = await everyclass(
      [task, ...files, ...sets.split(" ").flatMap((key) => ["--set", key])],
    );
    assertEquals(code, 1);
    assertMatch(err, /Cannot normalise .*current is 1: a single image, the last batch of an epoch or a part/);
    assert(!/epoch 1|view 1/.test(err), err);
  }
});

Deno.test("numbers that break end the run at that step; the last good network is kept", async () => {
  const sets = "optimizer.schedule.steps=[1] optimizer.schedule.factors=[1e30]";
  const { code, err } = await everyclass(flags("broken", sets));
  assertEquals(code, 1);
  assertMatch(
    err,
    /Cannot go on with epoch 2: .* are in .* (at|after) step [123]: the learning rate 1e\+29 is/,
  );
  assertStringIncludes(err, "The last good network, after epoch 1, is in");
  assertEquals(filesIn(problem.path("broken")), ["checkpoint.safetensors", "config.yaml", "metrics.csv"]);
  for (const [name, { data }] of parseSafetensors(bytesOf("broken")).state) {
    assert((data as Float32Array).every(Number.isFinite), name);
  }
});
