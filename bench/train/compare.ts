// Compares a network by two copies of the repository, its forward pass or its training step, taking turns in one process:
//
//   git worktree add ../before HEAD~1
//   deno run -A --no-lock bench/train/compare.ts ../before . [batch [forward | step [network [side]]]]
//
// On a software adapter under Linux the kernels run in this process, and its processor time tells more than the clock
// while other programs run.

import type { Device } from "../../engine/mod.ts";
import { measureTime } from "../processor.ts";
import { type Engine, feedsOf, planForward } from "./resnet32.ts";

const TURNS = 6;

const [before, after, batch = "128", what = "forward", network = "resnet32", side = "32"] = Deno.args;
const shape = { network, batch: Number(batch), side: Number(side) };
if (!after || !["forward", "step"].includes(what)) {
  throw new TypeError(
    "Cannot compare: it takes two folders, and perhaps a batch size, forward or step, a network and a side",
  );
}

/** The forward pass, and its features. */
async function forward(_base: string, engine: Engine, device: Device) {
  const plan = await planForward(engine, device, shape);
  return { plan, feeds: feedsOf(shape.batch, shape.side), values: () => plan.read("features") };
}

/** The training step, and the weights after it. */
async function step(base: string, engine: Engine, device: Device) {
  const training: typeof import("./training.ts") = await import(`${base}bench/train/training.ts`);
  const { spec, feeds } = training.trainingStep(device, shape);
  const plan = await engine.Plan.make(device, spec);
  const values = async () =>
    Float32Array.from([...(await spec.parameters![0].read()).values()].flatMap((v) => [...v]));
  return { plan, feeds, values };
}

async function contender(folder: string) {
  const base = new URL(`${folder}/`, `file://${Deno.cwd()}/`).href;
  const engine: Engine = await import(`${base}engine/mod.ts`);
  const device = await engine.Device.open();
  const { plan, feeds, values } = await { forward, step }[what]!(base, engine, device);
  const run = async () => {
    plan.run(feeds);
    await device.finish();
  };
  const first = await measureTime(run);
  const best = { clock: Infinity, processor: Infinity };
  return { folder, run, first, values: await values(), best, dispatches: plan.steps.length };
}

const both = [await contender(before), await contender(after)];
for (let turn = 0; turn < TURNS; turn++) {
  for (const { run, best } of both) {
    const { clock, processor } = await measureTime(run);
    best.clock = Math.min(best.clock, clock);
    best.processor = Math.min(best.processor, processor);
  }
}
for (const { folder, first, best, dispatches } of both) {
  const ms = (times: typeof best) =>
    `${times.clock.toFixed(0)} ms, processor ${times.processor.toFixed(0)} ms`;
  console.log(
    `${folder}: ${dispatches} dispatches; first run ${ms(first)}; best of ${TURNS} ${ms(best)}`,
  );
}
const apart = both[0].values.reduce(
  (most, value, i) => Math.max(most, Math.abs(value - both[1].values[i])),
  0,
);
console.log(
  `their ${what === "step" ? "weights after a step" : "features"} are at most ${
    apart.toExponential(1)
  } apart`,
);
Deno.exit(0);
