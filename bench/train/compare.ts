// Compares the forward pass of ResNet-32 by two copies of the repository, taking turns in one process:
//
//   git worktree add ../before HEAD~1
//   deno run -A --no-lock bench/train/compare.ts ../before . [batch]
//
// On a software adapter under Linux the kernels run in this process, and its processor time tells more than the clock
// while other programs run.

import { measureTime } from "../processor.ts";
import { type Engine, feedsOf, planForward } from "./resnet32.ts";

const TURNS = 6;

async function contender(folder: string, batch: number) {
  const engine: Engine = await import(new URL(`${folder}/engine/mod.ts`, `file://${Deno.cwd()}/`).href);
  const device = await engine.Device.open();
  const plan = await planForward(engine, device, batch);
  const run = async () => {
    plan.run(feedsOf(batch));
    await device.finish();
  };
  const first = await measureTime(run);
  const features = await plan.read("features");
  return { folder, run, first, features, best: { clock: Infinity, processor: Infinity } };
}

const [before, after, batch = "128"] = Deno.args;
if (!after) throw new TypeError("Cannot compare: it takes two folders and perhaps a batch size");
const both = [await contender(before, Number(batch)), await contender(after, Number(batch))];
for (let turn = 0; turn < TURNS; turn++) {
  for (const { run, best } of both) {
    const { clock, processor } = await measureTime(run);
    best.clock = Math.min(best.clock, clock);
    best.processor = Math.min(best.processor, processor);
  }
}
for (const { folder, first, best } of both) {
  const ms = (times: typeof best) =>
    `${times.clock.toFixed(0)} ms, processor ${times.processor.toFixed(0)} ms`;
  console.log(`${folder}: first run ${ms(first)}; best of ${TURNS} ${ms(best)}`);
}
const apart = both[0].features.reduce(
  (most, value, i) => Math.max(most, Math.abs(value - both[1].features[i])),
  0,
);
console.log(`their features are at most ${apart.toExponential(1)} apart`);
Deno.exit(0);
