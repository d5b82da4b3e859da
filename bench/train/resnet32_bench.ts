// Measures the forward pass of ResNet-32, the frozen backbone of re-training: images a second, time by dispatch.
//
//   deno task bench bench/train/resnet32_bench.ts
//
// `time/iter` is four batches of 128 with one wait, as a training run has them.

import * as engine from "../../engine/mod.ts";
import { feedsOf, planForward } from "./resnet32.ts";

const BATCH = 128;
const BATCHES = 4;

const feeds = feedsOf(BATCH);
const lines: string[] = [];
let made: { device: engine.Device; plan: engine.Plan } | null = null;

/** Plans the network, times its first run and every dispatch. */
async function prepare(): Promise<{ device: engine.Device; plan: engine.Plan }> {
  const start = performance.now();
  const device = await engine.Device.open();
  const plan = await planForward(engine, device, { batch: BATCH });
  plan.run(feeds);
  await device.finish();
  const first = performance.now() - start;
  const tries: number[][] = [];
  for (let i = 0; i < 3; i++) tries.push(await plan.profile(feeds));
  const best = tries.sort((a, b) => total(a) - total(b))[0];
  const rate = BATCH / total(best) * 1000;
  lines.push(`${device.adapter}, ${device.family}: ${rate.toFixed(0)} images/s on the device`);
  lines.push(`first run ${first.toFixed(0)} ms, compilation included`, "", plan.describe(best));
  return { device, plan };
}

function total(times: readonly number[]): number {
  return times.reduce((a, b) => a + b, 0);
}

Deno.bench({
  name: `resnet32 forward, ${BATCHES} batches of ${BATCH}`,
  n: 5,
  warmup: 1,
  fn: async (timer) => {
    const { device, plan } = made ??= await prepare();
    timer.start();
    for (let i = 0; i < BATCHES; i++) plan.run(feeds);
    await device.finish();
    timer.end();
  },
});

globalThis.addEventListener("unload", () => console.log(`\n${lines.join("\n")}\n`));
