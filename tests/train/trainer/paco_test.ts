// Training by PaCo: its steps as PyTorch takes them, what it keeps between them, and whole runs from the command line.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseSafetensors } from "../../../engine/mod.ts";
import { ofHalf } from "../../half.ts";
import { everyclass, filesIn } from "../command.ts";
import { Problem } from "../problem.ts";
import { assertTaken } from "../takes.ts";

const problem = new Problem();

/** 177 images of four classes in three batches, the last one short; a queue that no batch divides. */
const KEYS = "data.source=idx data.ratio=10 data.augment.pad=1 data.augment.policy=paco epochs=2 batch=70 " +
  "loss.name=balanced-softmax optimizer.schedule.kind=steps optimizer.schedule.steps=[] optimizer.schedule.factors=[] optimizer.lr=0.05 " +
  "paco.queue=100 paco.features=8";

function flags(name: string, sets = ""): string[] {
  const keys = `${KEYS} ${sets}`.trim().split(" ").flatMap((key) => ["--set", key]);
  return ["train", "--data", problem.data, "--out", problem.path(name), ...keys];
}

const bytesOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));
const lossesOf = (run: string) =>
  Deno.readTextFileSync(problem.path(run, "metrics.csv")).trimEnd().split("\n").slice(1)
    .map((row) => Number(row.split(",")[2]));

Deno.test("PaCo trains a network from scratch, and its loss falls", async () => {
  const { code, err } = await everyclass(flags("run"));
  assertEquals(code, 0, err);
  const losses = lossesOf("run");
  assert(losses.length === 2 && losses[1] < losses[0] - 0.1, `${losses}`);
});

Deno.test("the report of PaCo names it", () => {
  assertStringIncludes(
    Deno.readTextFileSync(problem.path("run/report.html")),
    "was trained with balanced softmax and PaCo&#39;s contrast for 2 epochs",
  );
});

Deno.test({
  ...ofHalf("PaCo in f16 goes the way of PaCo in f32, but not to the bit"),
  fn: async () => {
    const [whole, half] = await Promise.all(["f32", "f16"].map(async (precision) => {
      const { code, err } = await everyclass(flags(precision, `epochs=1 precision=${precision}`));
      assertEquals(code, 0, err);
      return lossesOf(precision)[0];
    }));
    // The logits of samples are up to 20, and f16 rounds them by 2^-11 of that.
    assert(Math.abs(half / whole - 1) < 1e-2 && half !== whole, `${half} and ${whole}`);
  },
});

Deno.test("PaCo's checkpoint is the network alone, and evaluate and finetune take it", async () => {
  const { state, metadata } = parseSafetensors(bytesOf("run"));
  assertEquals([metadata.method, metadata.loss], ["paco", "balanced-softmax"]);
  assertEquals(state.size, parseSafetensors(Deno.readFileSync(problem.checkpoint)).state.size);
  await assertTaken(problem, "run");
});

Deno.test("the figures take PaCo's checkpoint", async () => {
  const checkpoint = `PaCo=${problem.path("run/checkpoint.safetensors")}`;
  const { code, err } = await everyclass([
    ...["reproduce", "figures", "--checkpoint", checkpoint],
    ...problem.flags("figures", "network=resnet8 epochs=1 views=1", { checkpoint: null }),
  ]);
  assertEquals(code, 0, err);
  assert(filesIn(problem.path("figures")).includes("PaCo.svg"));
});

Deno.test("PaCo stopped after an epoch goes on to the same bits", async () => {
  const { code, err } = await everyclass(
    flags("stopped"),
    (line, send) => line.includes("epoch 1 of 2") && send("SIGINT"),
  );
  assertEquals(code, 130, err);
  const resumed = await everyclass(["train", "--resume", problem.path("stopped"), "--quiet"]);
  assertEquals(resumed.code, 0, resumed.err);
  assertEquals(bytesOf("stopped"), bytesOf("run"));
});

Deno.test("PaCo whose numbers break ends at that step, and the last good network is kept", async () => {
  const sets = "optimizer.schedule.steps=[1] optimizer.schedule.factors=[1e30]";
  const { code, err } = await everyclass(flags("broken", sets));
  assertEquals(code, 1);
  assertStringIncludes(err, "Cannot go on with epoch 2: it takes finite numbers");
  assertEquals(filesIn(problem.path("broken")), ["checkpoint.safetensors", "config.yaml", "metrics.csv"]);
});

Deno.test("PaCo trains a classifier alone on a checkpoint's frozen network", async () => {
  const sets = "train=classifier statistics=frozen epochs=1 head=scaled";
  const { code, err } = await everyclass([...flags("classifier", sets), "--checkpoint", problem.checkpoint]);
  assertEquals(code, 0, err);
  const [old, now] = [Deno.readFileSync(problem.checkpoint), bytesOf("classifier")].map((bytes) =>
    parseSafetensors(bytes).state
  );
  for (const [name, { data }] of old) {
    if (name.startsWith("linear.")) assert(data.some((value, i) => value !== now.get(name)!.data[i]), name);
    else assertEquals(now.get(name)!.data, data, name);
  }
});

Deno.test("a second view is for PaCo, and PaCo for a second view", async () => {
  const cases: [sets: string, part: string][] = [
    ["paco=null", "data.augment.policy takes crop-flip, resized-crop, autoaugment or simclr"],
    ["data.augment.policy=simclr", "data.augment.policy takes paco with paco"],
    ["loss.name=ce", "loss.name takes balanced-softmax with paco"],
    ["mixup=1", "mixup takes null with paco"],
    ["paco.alpha=-1", "paco.alpha takes a number of at least 0"],
    ["paco.momentum=1", "paco.momentum takes a number from 0 to below 1"],
  ];
  for (const [sets, part] of cases) {
    const { code, err } = await everyclass(flags("refused", sets));
    assertEquals(code, 1);
    assertStringIncludes(err, part);
  }
  const { code, err } = await everyclass([
    "finetune",
    ...problem.flags("refused", "data.augment.policy=paco"),
  ]);
  assertEquals(code, 1);
  assertStringIncludes(err, "data.augment.policy takes crop-flip, resized-crop, autoaugment or simclr");
});
