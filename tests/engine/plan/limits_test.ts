// What Device asks of an adapter is enough: on the smallest one of each family a step of training by PaCo can be
// planned, which has every kernel of a residual network, of contrast and of an optimiser with all it can be given.

import { assert } from "@std/assert";
import {
  accumulateMetrics,
  add,
  asNumbers,
  averageWeights,
  cifarResNet,
  constant,
  Device,
  enqueue,
  grad,
  hits,
  input,
  l2Normalize,
  ldamLoss,
  lossScale,
  normalize,
  pacoLoss,
  parameter,
  Parameters,
  Plan,
  projection,
  scaleLoss,
  sgdUpdate,
  stopGradient,
  substitute,
  type Tensor,
  unscale,
} from "../../../engine/mod.ts";
import { adapterWithin } from "../adapters.ts";
import { FAMILIES } from "../families.ts";

/** WebGPU's defaults, which every adapter has; workgroup memory and invocations are less there than software has. */
const SMALLEST = {
  maxStorageBuffersPerShaderStage: 8,
  maxStorageTexturesPerShaderStage: 4,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
};

const BATCH = 6;
const CLASSES = 10;
const PLACES = 20;

for (const family of FAMILIES) {
  Deno.test(`the smallest adapter that is taken holds a step of training, ${family}`, async () => {
    const gpu = await adapterWithin(SMALLEST);
    using device = await Device.open({ gpu, family });
    const network = cifarResNet({ depth: 8, widths: [8, 12, 16], classes: CLASSES, head: "cosine" });
    const contrast = projection(network.features, 6);
    const trained = [...network.backbone, ...network.classifier.tensors, ...contrast.weights];
    using weights = new Parameters(device, trained, "weights");
    using momenta = weights.like("momentum");
    using averages = weights.like("average");
    const estimates = [...network.statistics, ...contrast.statistics];
    using statistics = new Parameters(device, estimates, "statistics");
    const [queue, queueLabels] = [parameter("queue", [PLACES, 6]), parameter("labels of it", [PLACES])];
    using earlier = new Parameters(device, [queue, queueLabels], "queue");
    const guard = parameter("sums", [8]);
    using sums = new Parameters(device, [guard], "sums");
    using scale = lossScale(device);

    const pixels = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
    const images = normalize(input("images", [BATCH, 16, 16, 3], "u8"), pixels);
    const labels = input("labels", [BATCH], "u32");
    const found = network.forward(images, { training: true });
    const { projected, updates: ofHead } = contrast.forward(found.features, { training: true });
    const features = l2Normalize(projected);
    const logits = network.classifier.logits(found.features);
    const twins = new Map<Tensor, Tensor>(trained.map((tensor, i) => [tensor, averages.tensors[i]]));
    const keys = stopGradient(substitute([features], twins)[0]);
    const vector = constant(Array.from({ length: CLASSES }, () => 0.1), [CLASSES]);
    const weighed = { temperature: 0.2, alpha: 0.05, beta: 1, gamma: 1 };
    const parts = { logits, features, keys, queue, queueLabels, labels, logPrior: vector };
    const loss = add(pacoLoss({ ...parts, ...weighed }), ldamLoss(logits, labels, vector));
    const { rescale, ...scaled } = unscale(scale, weights, grad(scaleLoss(loss, scale), trained));
    const update = sgdUpdate({
      parameters: weights,
      momenta,
      ...scaled,
      lr: input("lr", []),
      momentum: 0.9,
      guard,
      clipNorm: 1,
      groups: [{ tensors: network.backbone, weightDecay: 1e-4 }],
    });
    using plan = await Plan.make(device, {
      outputs: { loss },
      updates: [
        ...found.updates,
        ...ofHead,
        accumulateMetrics(guard, loss, hits(logits, labels)),
        update,
        rescale,
        averageWeights(averages, weights, { decay: 0.999 }),
        enqueue(queue, keys),
        enqueue(queueLabels, asNumbers(labels, CLASSES)),
      ],
      parameters: [weights, momenta, averages, statistics, earlier, sums, scale],
    });
    assert(plan.steps.length > 100);
  });
}
