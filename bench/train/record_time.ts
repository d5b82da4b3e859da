// Measures the JavaScript time in which a plan records a training step, without submitting it: the best and the median of
// many recordings.
//
//   deno run -A --no-lock bench/train/record_time.ts [folder of another copy [network [batch]]]

import type { trainingStep } from "./training.ts";

const TIMES = 200;
const [folder = ".", network = "resnet32", batch = "128"] = Deno.args;
const base = new URL(`${folder}/`, `file://${Deno.cwd()}/`).href;
const engine: typeof import("../../engine/mod.ts") = await import(`${base}engine/mod.ts`);
const { recordSteps }: typeof import("../../engine/device/step.ts") = await import(
  `${base}engine/device/step.ts`
);
const training: { trainingStep: typeof trainingStep } = await import(`${base}bench/train/training.ts`);

const device = await engine.Device.open();
const { spec } = training.trainingStep(device, { network, batch: Number(batch), side: 32 });
const plan = await engine.Plan.make(device, spec);
const times: number[] = [];
for (let i = 0; i < TIMES; i++) {
  const start = performance.now();
  const encoder = device.gpu.createCommandEncoder();
  recordSteps(encoder, plan.steps);
  encoder.finish();
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
console.log(
  `${folder}: ${network} at batch ${batch}, ${plan.steps.length} dispatches and copies: recorded in ` +
    `${times[0].toFixed(2)} ms at best, ${times[TIMES >> 1].toFixed(2)} at the median`,
);
Deno.exit(0);
