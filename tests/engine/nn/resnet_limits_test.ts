// Large networks and large batches: what planning takes, and what happens at and beyond the limits of an adapter.

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  crossEntropy,
  type Device,
  grad,
  input,
  loadState,
  MemoryError,
  type Network,
  networkOf,
  Parameters,
  Plan,
  resNet,
  sgdUpdate,
  stateShapes,
} from "../../../engine/mod.ts";
import { tensorsOf } from "../../../engine/nn/state.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { counted, countedState } from "../counted.ts";

/** The parts of a plan that trains a whole network on batches of this size. */
function trainingOf(device: Device, network: Network, shape: number[]) {
  const trained = [...network.backbone, ...network.classifier.tensors];
  const weights = new Parameters(device, trained, "weights");
  const momenta = weights.like("momentum");
  const statistics = new Parameters(device, network.statistics, "statistics");
  const { features, updates } = network.forward(input("images", shape), { training: true });
  const logits = network.classifier.logits(features);
  const loss = crossEntropy(logits, input("labels", shape.slice(0, 1), "u32"));
  const update = sgdUpdate({
    parameters: weights,
    momenta,
    gradients: grad(loss, trained),
    lr: input("lr", []),
  });
  const parameters = [weights, momenta, statistics];
  return {
    spec: { outputs: { loss }, updates: [...updates, update], parameters },
    [Symbol.dispose]: () => parameters.forEach((store) => store[Symbol.dispose]()),
  };
}

/** Tensors that a function makes: they are numbered. */
function tensorsMadeBy(make: () => void): number {
  const before = input("before", []).id;
  make();
  return input("after", []).id - before - 1;
}

Deno.test("planning makes as many tensors for a layer of a deep network as for one of a shallow one", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const perLayer = (["resnet50", "resnet101"] as const).map((name) => {
      using training = trainingOf(device, networkOf(name, { classes: 1000, channels: 3 }), [8, 224, 224, 3]);
      return tensorsMadeBy(() => void Plan.measure(device, training.spec)) / (name === "resnet50" ? 50 : 101);
    });
    assert(perLayer[1] <= perLayer[0], `${family}: ${perLayer}`);
    assert(perLayer[0] < 100, `${family}: ${perLayer}`);
  }
});

Deno.test("a batch of more rows than a texture has gives the logits of a small one", async () => {
  const [side, batch] = [20, 8];
  const network = resNet({ name: "narrow", block: "basic", blocks: [1, 1, 1, 1], width: 4, classes: 5 });
  const some = new Float32Array(counted(1, batch * side * side * 3)).map((u) => 2 * u - 1);
  const device = await deviceOf("lane");
  using store = new Parameters(device, tensorsOf(network), "network");
  loadState([store], countedState(stateShapes(network)));
  const logitsOf = async (count: number) => {
    const images = input("images", [count, side, side, 3]);
    const logits = network.classifier.logits(network.forward(images).features);
    using plan = await Plan.make(device, { outputs: { logits }, parameters: [store] });
    const pixels = new Float32Array(count * side * side * 3);
    for (let at = 0; at < pixels.length; at += some.length) pixels.set(some, at);
    plan.run({ images: pixels });
    return await plan.read("logits");
  };
  // More rows in the images, in what the first convolution makes of them and in what is left of that.
  const most = device.gpu.limits.maxTextureDimension2D;
  const repeats = Math.ceil(4 * most / side / batch) + 1;
  const [few, many] = [await logitsOf(batch), await logitsOf(batch * repeats)];
  for (let at = 0; at < many.length; at += few.length) {
    assertClose(`logits from ${at}`, many.subarray(at, at + few.length), few, { relative: 1e-6 });
  }
});

Deno.test("what a binding does not hold is refused before anything is allocated", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const most = device.gpu.limits.maxStorageBufferBindingSize;
    // The smallest batch whose images do not fit, as they are and as what the first convolution makes of them.
    const batch = Math.ceil(most / (224 * 224 * 3 * 4)) + 1;
    const network = resNet({ name: "narrow", block: "basic", blocks: [1, 1, 1, 1], width: 4, classes: 5 });
    using training = trainingOf(device, network, [batch, 224, 224, 3]);
    const size = Plan.measure(device, training.spec);
    if (device.holds(size)) continue; // an adapter with larger textures
    const used = device.memory.used;
    await assertRejects(
      () => Plan.make(device, training.spec),
      MemoryError,
      "MiB: lower the batch size",
    );
    assertEquals(device.memory.used, used);
  }
});
