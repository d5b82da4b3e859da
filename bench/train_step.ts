// A training step of a residual network: cross-entropy, gradients of all weights, SGD and running statistics, in one
// submit.
//
//   deno run -A bench/train_step.ts [batch] [f32 | f16] [network] [side of the images]
//
// By default it is ResNet-32 on 32 x 32.
//
// On a software adapter under Linux the kernels run in this process, so that its processor time can be told.

import {
  correct,
  crossEntropy,
  Device,
  type Forward,
  grad,
  input,
  loadState,
  lossScale,
  networkOf,
  normalize,
  parameter,
  Parameters,
  Plan,
  type Precision,
  scaleLoss,
  sgd,
  track,
  unscale,
} from "../engine/mod.ts";
import { drawState } from "../train/init.ts";
import { timed } from "./processor.ts";
import { feedsOf } from "./resnet32.ts";

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const STEPS = 6;
const CLASSES = 100;
const [batch, precision] = [Number(Deno.args[0] ?? 128), (Deno.args[1] ?? "f32") as Precision];
const [name, side] = [Deno.args[2] ?? "resnet32", Number(Deno.args[3] ?? 32)];

const network = networkOf(name, { classes: CLASSES, channels: 3 });
const trained = [...network.backbone, ...network.classifier.tensors];
const device = await Device.open();
const weights = new Parameters(device, trained, "weights");
const momenta = new Parameters(device, trained.map(({ shape }) => parameter("momentum", shape)), "momenta");
const statistics = new Parameters(device, network.statistics, "running statistics");
const sums = parameter("sums", [8]);
const guard = new Parameters(device, [sums], "sums");
loadState([weights, statistics], drawState(network, 0));

const pixels = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
const images = normalize(input("images", [batch, side, side, 3], "u8"), pixels);
const labels = input("labels", [batch], "u32");
const forward: Forward = { statistics: "updated", updates: [] };
const logits = network.classifier.logits(network.forward(images, forward));
const loss = crossEntropy(logits, labels);
const scale = lossScale(device);
const { rescale, ...scaled } = unscale(scale, weights, grad(scaleLoss(loss, scale), trained));
const half = precision === "f16";
const update = sgd({
  parameters: weights,
  momenta,
  ...half ? scaled : { gradients: grad(loss, trained) },
  lr: input("lr", []),
  momentum: 0.9,
  weightDecay: 2e-4,
  guard: sums,
});
const plan = await Plan.make(device, {
  updates: [...forward.updates, track(sums, loss, correct(logits, labels)), update, ...half ? [rescale] : []],
  parameters: [weights, momenta, statistics, guard, scale],
  precision,
});
const feeds = {
  ...feedsOf(batch, side),
  labels: Uint32Array.from({ length: batch }, (_, i) => (i * 37) % CLASSES),
  lr: Float32Array.of(0.01),
};
const step = () =>
  timed(async () => {
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
console.log("by kernel, each dispatch alone, milliseconds and share:");
const times = await plan.profile(feeds);
const byKernel = new Map<string, number>();
plan.steps.forEach(({ kernel: { label } }, i) => byKernel.set(label, (byKernel.get(label) ?? 0) + times[i]));
const whole = times.reduce((sum, time) => sum + time, 0);
for (const [label, time] of [...byKernel].sort(([, a], [, b]) => b - a)) {
  console.log(`${time.toFixed(1).padStart(9)}${(100 * time / whole).toFixed(1).padStart(6)} %  ${label}`);
}
Deno.exit(0);
