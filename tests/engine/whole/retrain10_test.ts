// Ten steps of re-training a linear classifier, with the losses and weights that PyTorch got.

import { parseSafetensors } from "../../../formats/checkpoint/mod.ts";
import type { Family } from "../../../engine/graph/node.ts";
import { hits } from "../../../engine/ops/loss/hits.ts";
import { linear } from "../../../engine/ops/matmul/linear.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { accumulateMetrics } from "../../../engine/ops/effects/accumulate_metrics.ts";
import { sgdUpdate } from "../../../engine/optim/sgd.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { lossOf } from "../named_losses.ts";
import { torchFile } from "../torch_cases.ts";

const { state, metadata } = parseSafetensors(torchFile("retrain10.safetensors"));
const floats = (name: string) => Float32Array.from(state.get(name)!.data as ArrayLike<number>);
const [features, labels, counts] = ["features", "labels", "counts"].map(floats);
const [order, batchSizes] = ["order", "batch_sizes"].map(floats);
const [classes, width] = state.get("weight")!.shape;

/** What a run of a fixture was made with. */
interface Recipe {
  loss: string;
  lr: number[];
  momentum: number;
  nesterov: boolean;
  weightDecay: number;
}

async function retrain(family: Family, { loss: lossName, lr, ...options }: Recipe) {
  const device = await deviceOf(family);
  const [weight, bias] = [parameter("weight", [classes, width]), parameter("bias", [classes])];
  const momenta = new Parameters(device, [weight, bias].map((t) => parameter("m", t.shape)), "momenta");
  const parameters = new Parameters(device, [weight, bias], "classifier");
  const statistics = parameter("statistics", [8]);
  const store = new Parameters(device, [statistics], "statistics");
  parameters.write(weight, floats("weight"));
  parameters.write(bias, floats("bias"));

  const planOf = (batch: number) => {
    const y = input("labels", [batch], "u32");
    const logits = linear(input("features", [batch, width]), weight, bias);
    const loss = lossOf(lossName, logits, y, counts);
    const gradients = grad(loss, [weight, bias]);
    const guard = statistics;
    const update = sgdUpdate({ parameters, momenta, gradients, lr: input("lr", []), guard, ...options });
    return Plan.make(device, {
      outputs: { loss },
      updates: [accumulateMetrics(statistics, loss, hits(logits, y)), update],
      parameters: [parameters, momenta, store],
    });
  };
  const plans = new Map<number, Plan>();
  const losses: number[] = [];
  let from = 0;
  for (const [step, size] of batchSizes.entries()) {
    const samples = order.subarray(from, from += size);
    if (!plans.has(size)) plans.set(size, await planOf(size));
    const rows = new Float32Array(size * width);
    samples.forEach((sample, i) =>
      rows.set(features.subarray(sample * width, (sample + 1) * width), i * width)
    );
    plans.get(size)!.run({
      features: rows,
      labels: Uint32Array.from(samples, (sample) => labels[sample]),
      lr: Float32Array.of(lr[step]),
    });
    losses.push((await plans.get(size)!.read("loss"))[0]);
  }
  const after = await parameters.read();
  const [sums] = [...(await store.read()).values()];
  for (const owned of [...plans.values(), parameters, momenta, store]) owned[Symbol.dispose]();
  return { losses, weight: after.get(weight)!, bias: after.get(bias)!, sums };
}

for (const [run, text] of Object.entries(metadata)) {
  for (const family of FAMILIES) {
    Deno.test(`ten steps of ${run} as PyTorch, ${family}`, async () => {
      const actual = await retrain(family, JSON.parse(text));
      const losses = floats(`${run}.losses`);
      // PyTorch ran in float64; the rounding of ten float32 steps adds up to a few 1e-6.
      assertClose("losses", actual.losses, losses);
      assertClose("weight", actual.weight, floats(`${run}.weight`), { relative: 2e-5 });
      assertClose("bias", actual.bias, floats(`${run}.bias`), { relative: 2e-5 });
      const sum = losses.reduce((a, b) => a + b, 0);
      assertClose("sum of losses, steps, bad step", [actual.sums[0], ...actual.sums.slice(2, 4)], [
        sum,
        10,
        0,
      ]);
    });
  }
}
