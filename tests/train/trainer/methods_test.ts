// The shipped recipe of each method on the made-up problem, shortened: what it trains, and that others read the result.

import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { parseSafetensors } from "../../../engine/mod.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import type { Metrics } from "../../../train/results/metrics.ts";
import { setUp } from "../../../train/setup/set_up.ts";
import type { State } from "../../../train/setup/setup.ts";
import { train } from "../../../train/trainer/train.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { newWork } from "../../../train/saved/work.ts";
import { everyclass, type Finished } from "../command.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

/** What makes a recipe for ResNet-32 and CIFAR100-LT one for this problem; a step an epoch. */
const SMALL = "data.source=idx data.ratio=10 data.augment.pad=1 network=resnet8 batch=177 workers=1";
const SHORT =
  "epochs=2 optimizer.schedule.warmup=1 optimizer.schedule.steps=[1] optimizer.schedule.factors=[0.1]";
const recipe = (name: string) =>
  fileURLToPath(new URL(`../../../configs/cifar100-lt-${name}.yaml`, import.meta.url));

const flagsOf = (sets: string) => `${SMALL} ${sets}`.trim().split(" ").flatMap((key) => ["--set", key]);

function run(name: string, sets = "", checkpoint: string | null = problem.checkpoint): Promise<Finished> {
  const from = checkpoint === null ? [] : ["--checkpoint", checkpoint];
  return everyclass([
    ...["train", "--config", recipe(name), "--data", problem.data, "--out", problem.path(name)],
    ...from,
    ...flagsOf(sets),
  ]);
}

const checkpointOf = (run: string) => problem.path(run, "checkpoint.safetensors");
/** The values in a checkpoint. */
const valuesIn = (path: string): State =>
  new Map([...parseSafetensors(Deno.readFileSync(path)).state].map(([name, { data }]) => [
    name,
    data as Float32Array,
  ]));
const summaryOf = (run: string): { before: Metrics | null; after: Metrics } =>
  JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")));

/** Runs a recipe, and measures its checkpoint as `evaluate` reads it. */
async function check(
  name: string,
  sets = "",
  checkpoint: string | null = problem.checkpoint,
  head = "linear",
) {
  const { code, err } = await run(name, sets, checkpoint);
  assertEquals(code, 0, err);
  const read = await everyclass([
    "evaluate",
    ...problem.flags(`${name} read`, `head=${head}`, { checkpoint: checkpointOf(name) }),
  ]);
  assertEquals(read.code, 0, read.err);
  assertEquals(summaryOf(`${name} read`).before, summaryOf(name).after);
  return valuesIn(checkpointOf(name));
}

/** The names whose values differ. */
function changed(before: State, after: State): string[] {
  return [...after].filter(([name, values]) => values.some((value, i) => value !== before.get(name)![i]))
    .map(([name]) => name);
}

const stage1 = valuesIn(problem.checkpoint);
const isStatistic = (name: string) => /running_(mean|var)$/.test(name);

for (
  const [name, sets, head] of [
    ["ldam-drw", `${SHORT} loss.deferred=1`, "cosine"],
    ["mislas-stage1", SHORT, "linear"],
  ]
) {
  Deno.test(`${name} trains a network from scratch`, async () => {
    await check(name, sets, null, head);
    const losses = Deno.readTextFileSync(problem.path(name, "metrics.csv")).trimEnd().split("\n").slice(1)
      .map((row) => Number(row.split(",")[2]));
    assert(losses.length === 2 && losses.every((loss) => loss > 0), `${losses}`);
  });
}

Deno.test("cRT changes the classifier alone, which it draws anew", async () => {
  const after = await check("crt", "epochs=2");
  assertEquals(changed(stage1, after), ["linear.bias", "linear.weight"]);
  const { data: { augment: _augment, ...data }, classifier, sampler, optimizer, statistics } =
    await loadConfigOf(
      trainingConfig,
      recipe("crt"),
    );
  assertEquals([data.ratio, classifier, sampler, statistics], [100, "reinit", "class-balanced", "frozen"]);
  assertEquals([optimizer.lr, optimizer.schedule.warmup, optimizer.schedule.kind], [0.2, 0, "cosine"]);
});

Deno.test("tau-norm divides each vector by a power of its length and takes no step", async () => {
  const after = await check("tau-norm", "tau=0.5");
  assertEquals(changed(stage1, after), ["linear.weight"]); // the bias was 0
  const [old, now] = [stage1, after].map((state) => state.get("linear.weight")!);
  for (let row = 0; row < old.length; row += 64) {
    let square = 0;
    for (let k = row; k < row + 64; k++) square += old[k] ** 2;
    // The length to the power of a half is the square's to the power of a quarter.
    for (const k of [row, row + 63]) assertAlmostEquals(now[k], old[k] / square ** 0.25, 1e-6);
  }
  assertEquals(after.get("linear.bias"), new Float32Array(4));
  assertEquals(Deno.readTextFileSync(problem.path("tau-norm/metrics.csv")).trimEnd().split("\n").length, 1);
  assertNotEquals(summaryOf("tau-norm").before, null);
  const { metadata } = parseSafetensors(Deno.readFileSync(checkpointOf("tau-norm")));
  assertEquals([metadata.classifier, metadata.epochs], ["tau-norm", "0 of 0"]);
});

/** What a recipe's training leaves on the device, in this process. */
async function trained(name: string, sets: string): Promise<State> {
  const config = await loadConfigOf(trainingConfig, recipe(name), {
    data: problem.data,
    checkpoint: problem.checkpoint,
    set: `${SMALL} ${sets}`.split(" "),
  });
  using setup = await setUp(config, quiet, { cache: problem.path("cache") });
  const work = newWork();
  const signal = new AbortController().signal;
  await train(setup, config, work, { progress: quiet, signal, onEpoch: () => Promise.resolve() });
  return work.state!;
}

Deno.test("LWS changes nothing but the scales", async () => {
  const state = await trained("lws", "epochs=2");
  assertEquals(state.get("linear.weight"), stage1.get("linear.weight"));
  assertEquals(state.get("linear.bias"), stage1.get("linear.bias"));
  const scales = state.get("linear.scale")!;
  assert(scales.every((scale) => scale !== 1 && Math.abs(scale - 1) < 1), `${scales}`);

  const after = await check("lws", "epochs=2");
  assertEquals(changed(stage1, after), ["linear.weight"]);
  const folded = stage1.get("linear.weight")!.map((value, i) => value * scales[Math.floor(i / 64)]);
  assertEquals(after.get("linear.weight"), folded);
});

Deno.test("MiSLAS's second stage trains the last layer and moves the statistics", async () => {
  const after = await check("mislas-stage2", "epochs=2");
  const names = changed(stage1, after);
  assertEquals(names.filter((name) => !isStatistic(name)), ["linear.bias", "linear.weight"]);
  assertEquals(names.filter(isStatistic).length, [...stage1.keys()].filter(isStatistic).length);
});

Deno.test("in MiSLAS's second stage weight and bias have a fifth of the learning rate, scales all of it", async () => {
  // One step: its gradient does not depend on the rate.
  const one = "epochs=1";
  const recipe = await trained("mislas-stage2", one);
  const all = await trained("mislas-stage2", `${one} optimizer.classifierFactor=1`);
  const fifth = await trained("mislas-stage2", `${one} optimizer.classifierFactor=1 optimizer.lr=0.02`);
  assertEquals(recipe.get("linear.scale"), all.get("linear.scale"));
  for (const name of ["linear.weight", "linear.bias"]) {
    assertNotEquals(recipe.get(name), all.get(name));
    // 0.2 times 0.1 is not 0.02 to the last bit.
    recipe.get(name)!.forEach((value, i) => assertAlmostEquals(value, fifth.get(name)![i], 1e-7));
  }
});

Deno.test("what goes on from a checkpoint is refused without one", async () => {
  for (const name of ["crt", "tau-norm", "lws", "mislas-stage2"]) {
    const { code, err } = await everyclass([
      "train",
      "--config",
      recipe(name),
      "--out",
      problem.path("none"),
    ]);
    assertEquals(code, 1);
    assertStringIncludes(err, "Cannot start: it takes a stage-1 checkpoint, current config names none");
  }
});
