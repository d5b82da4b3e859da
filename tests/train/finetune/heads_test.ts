// Each kind of last layer through train, evaluate and finetune.

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { parseSafetensors, type StateDict, writeSafetensors } from "../../../engine/mod.ts";
import type { Metrics } from "../../../train/results/metrics.ts";
import { everyclass, type Finished } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

const KEYS = "data.source=idx data.ratio=10 data.augment.pad=1 workers=1 epochs=1 batch=70 " +
  "optimizer.schedule.kind=steps optimizer.schedule.steps=[] optimizer.schedule.factors=[]";

function train(name: string, sets: string, ...flags: string[]): Promise<Finished> {
  const keys = `${KEYS} ${sets}`.split(" ").flatMap((key) => ["--set", key]);
  return everyclass(["train", "--data", problem.data, "--out", problem.path(name), ...keys, ...flags]);
}

const checkpointOf = (run: string) => problem.path(run, "checkpoint.safetensors");
const stateOf = (run: string): StateDict => parseSafetensors(Deno.readFileSync(checkpointOf(run))).state;
const summaryOf = (run: string): { before: Metrics; after: Metrics } =>
  JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")));
/** The names of the last layer in a checkpoint. */
const headIn = (run: string) => [...stateOf(run).keys()].filter((name) => name.startsWith("linear."));

/** Metrics of a run's checkpoint. */
async function evaluate(run: string, head: string): Promise<Metrics> {
  const name = `evaluated ${run}`;
  const { code, err } = await everyclass([
    "evaluate",
    ...problem.flags(name, `head=${head}`, { checkpoint: checkpointOf(run) }),
  ]);
  assertEquals(code, 0, err);
  return summaryOf(name).before;
}

Deno.test("a cosine head is trained from scratch, evaluated, and re-trained with GML and with LDAM", async () => {
  const { code, err } = await train("cosine", "head=cosine");
  assertEquals(code, 0, err);
  assertEquals(headIn("cosine"), ["linear.weight"]);
  assertEquals(await evaluate("cosine", "cosine"), summaryOf("cosine").after);

  for (const loss of ["gml", "ldam"]) {
    const finetuned = await everyclass([
      "finetune",
      ...problem.flags(loss, `head=cosine views=1 loss=${loss}`, { checkpoint: checkpointOf("cosine") }),
    ]);
    assertEquals(finetuned.code, 0, finetuned.err);
    assertEquals(summaryOf(loss).before, summaryOf("cosine").after);
    assertEquals(await evaluate(loss, "cosine"), summaryOf(loss).after);
    const [old, now] = [stateOf("cosine"), stateOf(loss)];
    assertEquals(now.get("conv1.weight"), old.get("conv1.weight"));
    assertNotEquals(now.get("linear.weight"), old.get("linear.weight"));
    const losses = Deno.readTextFileSync(problem.path(loss, "metrics.csv")).trimEnd().split("\n").slice(1)
      .map((row) => Number(row.split(",")[2]));
    assert(losses[2] < losses[0], `${loss}: ${losses}`);
  }
  assertNotEquals(stateOf("ldam").get("linear.weight"), stateOf("gml").get("linear.weight"));
});

Deno.test("a cosine head that holds its vectors as columns, as LDAM's public code does, is read too", async () => {
  const state = stateOf("cosine");
  const { data, shape: [classes, features] } = state.get("linear.weight")!;
  const at = (i: number) => Number(data[(i % classes) * features + Math.floor(i / classes)]);
  const columns = Float32Array.from({ length: data.length }, (_, i) => at(i));
  state.set("linear.weight", { dtype: "f32", shape: [features, classes], data: columns });
  Deno.mkdirSync(problem.path("columns"));
  Deno.writeFileSync(checkpointOf("columns"), writeSafetensors(state));
  assertEquals(await evaluate("columns", "cosine"), summaryOf("cosine").after);
});

Deno.test("a scaled head is trained from a linear checkpoint and leaves a linear one", async () => {
  const { code, err } = await train(
    "scaled",
    "head=scaled train=classifier",
    "--checkpoint",
    problem.checkpoint,
  );
  assertEquals(code, 0, err);
  assertEquals(headIn("scaled"), ["linear.bias", "linear.weight"]);
  assertEquals(summaryOf("scaled").before, await evaluateStage1());
  assertEquals(await evaluate("scaled", "linear"), summaryOf("scaled").after);
});

async function evaluateStage1(): Promise<Metrics> {
  const { code, err } = await everyclass(["evaluate", ...problem.flags("stage 1")]);
  assertEquals(code, 0, err);
  return summaryOf("stage 1").before;
}

Deno.test("a scaled head that was stopped goes on to the same bits", async () => {
  const sets = "head=scaled train=classifier epochs=2";
  const stopped = await everyclass(
    ["train", "--data", problem.data, "--out", problem.path("stopped"), "--checkpoint", problem.checkpoint]
      .concat(`${KEYS} ${sets}`.split(" ").flatMap((key) => ["--set", key])),
    (line, send) => line.includes("epoch 1 of 2") && send("SIGINT"),
  );
  assertEquals(stopped.code, 130, stopped.err);
  const { state: kept } = parseSafetensors(Deno.readFileSync(problem.path("stopped", "work.safetensors")));
  for (const name of ["weight", "bias", "scale"]) {
    for (const part of ["", "momentum of "]) {
      assert(kept.has(`state ${part}linear.${name}`), `${part}${name}`);
    }
  }
  const resumed = await everyclass(["train", "--resume", problem.path("stopped"), "--quiet"]);
  assertEquals(resumed.code, 0, resumed.err);
  assertEquals((await train("whole", sets, "--checkpoint", problem.checkpoint)).code, 0);
  assertEquals(Deno.readFileSync(checkpointOf("stopped")), Deno.readFileSync(checkpointOf("whole")));
});

Deno.test("a checkpoint of another head is refused, and the head named", async () => {
  const cosine = await everyclass([
    "evaluate",
    ...problem.flags("x", "head=linear", { checkpoint: checkpointOf("cosine") }),
  ]);
  assertEquals(cosine.code, 1);
  assertStringIncludes(cosine.err, "1 missing (linear.bias), 0 unexpected, 0 mis-shaped: ");
  assertStringIncludes(cosine.err, "it may have another head, cosine");
  const linear = await everyclass(["evaluate", ...problem.flags("x", "head=cosine")]);
  assertEquals(linear.code, 1);
  assertStringIncludes(linear.err, "0 missing, 1 unexpected (linear.bias), 0 mis-shaped: ");
  assertStringIncludes(linear.err, "it may have another head, linear");
});
