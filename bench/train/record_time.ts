// Measures the time in which a plan records a training step, without submitting it, beside the floor: a bare loop over the
// same pipelines, bind groups and workgroups. Calls are what JavaScript makes; finish() is WebGPU's own work on them, on
// this thread too. The best and the median of many recordings in turns. What was recorded is collected before the next
// turn, as a run's submits are done with: command buffers that pile up make finish() up to three times as slow.
//
//   deno run -A --no-lock --v8-flags=--expose-gc bench/train/record_time.ts [folder of another copy [network [batch]]]

import type { DispatchStep } from "../../engine/device/steps/step.ts";
import type { trainingStep } from "./training.ts";

const TIMES = 200;
const { gc } = globalThis as { gc?: () => void };
if (!gc) throw new TypeError("Cannot collect what was recorded: run with --v8-flags=--expose-gc");
const [folder = ".", network = "resnet32", batch = "128"] = Deno.args;
const base = new URL(`${folder}/`, `file://${Deno.cwd()}/`).href;
const engine: typeof import("../../engine/mod.ts") = await import(`${base}engine/mod.ts`);
const { recordSteps }: typeof import("../../engine/device/steps/step.ts") = await import(
  `${base}engine/device/steps/step.ts`
);
const training: { trainingStep: typeof trainingStep } = await import(`${base}bench/train/training.ts`);

const device = await engine.Device.open();
const { spec } = training.trainingStep(device, { network, batch: Number(batch), side: 32 });
const plan = await engine.Plan.make(device, spec);
const prepared = plan.steps
  .filter((step): step is DispatchStep => step.kind === "dispatch")
  .map(({ pipeline, bindings, kernel: { workgroups: [x, y, z] } }) => ({ pipeline, bindings, x, y, z }));

/** Ways to fill a command encoder, each with its times: calls, finish() and both, in milliseconds. */
const ways = [
  {
    name: "recorded",
    record: (encoder: GPUCommandEncoder) => recordSteps(encoder, plan.steps),
    times: made(),
  },
  { name: "the floor", record: bare, times: made() },
  {
    name: "an empty pass",
    record: (encoder: GPUCommandEncoder) => encoder.beginComputePass().end(),
    times: made(),
  },
];

function made(): [calls: number[], finish: number[], whole: number[]] {
  return [[], [], []];
}

/** Records the prepared dispatches alone, in one pass. */
function bare(encoder: GPUCommandEncoder): void {
  const pass = encoder.beginComputePass();
  for (const { pipeline, bindings, x, y, z } of prepared) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(x, y, z);
  }
  pass.end();
}

for (let i = 0; i < TIMES; i++) {
  for (const { record, times } of ways) {
    const start = performance.now();
    const encoder = device.gpu.createCommandEncoder();
    record(encoder);
    const called = performance.now();
    encoder.finish();
    const end = performance.now();
    [called - start, end - called, end - start].forEach((ms, n) => times[n].push(ms));
    gc();
  }
}

const told = (times: number[]) => {
  const sorted = times.toSorted((a, b) => a - b);
  return `${sorted[0].toFixed(2)} ms at best, ${sorted[TIMES >> 1].toFixed(2)} at the median`;
};
console.log(`${folder}: ${network} at batch ${batch}, ${plan.steps.length} dispatches and copies`);
for (const { name, times: [calls, finish, whole] } of ways) {
  console.log(`${name}: ${told(whole)}; calls ${told(calls)}; finish() ${told(finish)}`);
}
Deno.exit(0);
