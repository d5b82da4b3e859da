// Measures what a training step in several processes takes beside the same step alone: bytes of gradients, their sum, how
// much of it is hidden behind the backward pass, and the time that JavaScript takes to submit a step.
//
//   mpirun -np 2 deno run -A bench/scale/ranks.ts [network [images of a process [turns [sync]]]]
//
// With sync, batch norms go by the images of all processes.

import { Device, networkNames, Plan } from "../../engine/mod.ts";
import { openCommunicator } from "../../train/distributed/open.ts";
import { trainingStep } from "../train/training.ts";

const [name = "resnet32", images = "64", turns = "7", norms] = Deno.args;
const network = networkNames.find((known) => known === name);
if (!network) throw new Error(`There is no network ${name}: ${networkNames.join(", ")}`);
const job = { network, batch: Number(images), side: 32, syncBatchNorm: norms === "sync" };

await using ranks = await openCommunicator();
const device = await Device.open();
using alone = trainingStep(device, job);
using together = trainingStep(device, { ...job, communicator: ranks });
const [plan, shared] = [await Plan.make(device, alone.spec), await Plan.make(device, together.spec)];

/** Milliseconds until the device has done a piece of work. */
async function timeOf(work: () => void | Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  await device.finish();
  return performance.now() - begun;
}

const gradients = new Float32Array(together.weights);
const times = { alone: [] as number[], together: [] as number[], sum: [] as number[], js: [] as number[] };
for (let turn = 0; turn <= Number(turns); turn++) {
  const js = performance.now();
  let submitted = 0;
  const ofAlone = await timeOf(() => {
    plan.run(alone.feeds);
    submitted = performance.now() - js;
  });
  await ranks.allReduce(new Float32Array(1)); // all begin at once
  const ofTogether = await timeOf(() => shared.runAsync(together.feeds));
  await ranks.allReduce(new Float32Array(1));
  const ofSum = await timeOf(() => ranks.allReduce(gradients));
  if (turn === 0) continue; // shaders are compiled
  times.alone.push(ofAlone);
  times.together.push(ofTogether);
  times.sum.push(ofSum);
  times.js.push(submitted);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];
const [step, withOthers, sum, js] = [times.alone, times.together, times.sum, times.js].map(median);
if (ranks.rank === 0) {
  const ms = (time: number) => `${time.toFixed(1)} ms`;
  const hidden = Math.max(0, Math.min(1, 1 - (withOthers - step) / sum));
  console.log(
    `${network}, ${images} images in each of ${ranks.size} processes, ${device.adapter}; medians of ${turns} turns`,
  );
  console.log(
    `gradients          ${
      (gradients.byteLength / 1e6).toFixed(2)
    } MB; the host is called ${shared.calls.length} times a step`,
  );
  console.log(`step alone         ${ms(step)}, JavaScript ${ms(js)}`);
  console.log(`step together      ${ms(withOthers)}`);
  console.log(`sum of gradients   ${ms(sum)}, ${Math.round(100 * hidden)} % of it hidden`);
}
