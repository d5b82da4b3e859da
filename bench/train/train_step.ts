// Measures a training step of a residual network: cross-entropy, gradients of all weights, SGD and running statistics,
// in one submit.
//
//   deno run -A bench/train/train_step.ts [batch] [f32 | f16] [network] [side of the images]
//
// The default is ResNet-32 on 32 x 32. On a software adapter under Linux the kernels run in this process, so that their
// processor time is known.

import { Device, kernelTable, mebibytes, Plan, type Precision } from "../../engine/mod.ts";
import { measureTime } from "../processor.ts";
import { trainingStep } from "./training.ts";

const STEPS = 6;
const [batch, precision] = [Number(Deno.args[0] ?? 128), (Deno.args[1] ?? "f32") as Precision];
const [network, side] = [Deno.args[2] ?? "resnet32", Number(Deno.args[3] ?? 32)];

const device = await Device.open();
const { spec, feeds } = trainingStep(device, { network, batch, side, precision });
const plan = await Plan.make(device, spec);
const step = () =>
  measureTime(async () => {
    plan.run(feeds);
    await device.finish();
  });

const first = await step();
const best = { clock: Infinity, processor: Infinity };
for (let i = 0; i < STEPS; i++) {
  const { clock, processor } = await step();
  best.clock = Math.min(best.clock, clock);
  best.processor = Math.min(best.processor, processor);
}
const rate = (ms: number) => (batch / ms * 1000).toFixed(1);
console.log(`${device.adapter}, ${device.family}: ${plan.steps.length} dispatches a step of ${batch} images`);
console.log(`device memory ${mebibytes(device.memory.used)}, ${mebibytes(plan.bytes)} of it the plan's`);
console.log(`first step ${first.clock.toFixed(0)} ms, compilation included`);
console.log(`best of ${STEPS}: ${best.clock.toFixed(0)} ms by the clock, ${rate(best.clock)} images/s`);
console.log(
  `processor time ${best.processor.toFixed(0)} ms: ${rate(best.processor / 2)} images/s of two idle cores`,
);
console.log("by kernel, each dispatch alone:");
console.log(kernelTable(plan.dispatches(await plan.profile(feeds))));
Deno.exit(0);
