// The forward pass of ResNet-32, the frozen backbone of re-training: images a second, and where the time goes.
//
//   deno task bench bench/resnet32_bench.ts
//
// `time/iter` is a batch of 128 as a training run sees it, with one wait for every four batches.

import { Device, nameOf, networkOf, normalize } from "../engine/mod.ts";
import { input } from "../engine/ops/source.ts";
import { Parameters } from "../engine/runtime/parameters.ts";
import { Plan } from "../engine/runtime/plan.ts";

const BATCH = 128;
const BATCHES = 4;
const MEAN = [0.4914, 0.4822, 0.4465];
const STD = [0.2023, 0.1994, 0.201];

/** The network with weights that keep its values near 1, planned on the machine's adapter. */
async function resnet32(): Promise<{ device: Device; plan: Plan }> {
  const device = await Device.open();
  const network = networkOf("resnet32", { classes: 100, channels: 3 });
  const store = new Parameters(device, [...network.backbone, ...network.statistics], "network");
  for (const tensor of store.tensors) {
    const spread = Math.sqrt(6 / (tensor.size / tensor.shape[0]));
    const isFilter = tensor.shape.length === 4;
    const level = /running_mean|bias/.test(nameOf(tensor)) ? 0 : 1;
    const value = (i: number) => isFilter ? spread * (((i * 7919) % 1000) / 500 - 0.999) : level;
    store.write(tensor, Float32Array.from({ length: tensor.size }, (_, i) => value(i)));
  }
  const images = normalize(input("images", [BATCH, 32, 32, 3], "u8"), { mean: MEAN, std: STD });
  const features = network.forward(images, { statistics: "frozen", updates: [] });
  return { device, plan: await Plan.make(device, { outputs: { features }, parameters: [store] }) };
}

const feeds = { images: Uint8Array.from({ length: BATCH * 32 * 32 * 3 }, (_, i) => (i * 31) % 256) };
const lines: string[] = [];
let made: { device: Device; plan: Plan } | null = null;

Deno.bench({
  name: `resnet32 forward, ${BATCHES} batches of ${BATCH}`,
  n: 5,
  warmup: 1,
  fn: async (timer) => {
    if (!made) {
      const start = performance.now();
      made = await resnet32();
      made.plan.run(feeds);
      await made.device.finish();
      const first = performance.now() - start;
      let best: number[] = [];
      for (let i = 0; i < 3; i++) {
        const times = await made.plan.profile(feeds);
        if (i === 0 || total(times) < total(best)) best = times;
      }
      const rate = BATCH / total(best) * 1000;
      lines.push(`${made.device.adapter}, ${made.device.family}: ${rate.toFixed(0)} images/s on the device`);
      lines.push(`first run ${first.toFixed(0)} ms, compilation included`, "", made.plan.describe(best));
    }
    timer.start();
    for (let i = 0; i < BATCHES; i++) made.plan.run(feeds);
    await made.device.finish();
    timer.end();
  },
});

function total(times: readonly number[]): number {
  return times.reduce((a, b) => a + b, 0);
}

globalThis.addEventListener("unload", () => console.log(`\n${lines.join("\n")}\n`));
