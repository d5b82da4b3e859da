// No kernel binds more storage textures than WebGPU has every adapter offer, 4 a stage, where the adapter offers no more.

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  cifarResNet,
  crossEntropy,
  Device,
  grad,
  initState,
  input,
  loadState,
  type Network,
  parameter,
  Parameters,
  Plan,
  pullback,
  resNet,
  sgdUpdate,
} from "../../../engine/mod.ts";
import { adapterOf } from "../adapters.ts";
import { inTexture } from "../in_texture.ts";
import type { Drawn } from "../properties/case.ts";
import { PROPERTIES } from "../properties/properties.ts";

/** WebGPU's default of a limit of which software adapters offer more. */
const TEXTURES = 4;

/** A device of the lane family that binds so many textures at most, and the most that one of its shaders has. */
async function deviceWithin(maxStorageTexturesPerShaderStage: number) {
  const counts: number[] = [];
  const real = (await navigator.gpu.requestAdapter())!;
  const limits = new Proxy(real.limits, {
    get: (limits, key) =>
      key === "maxStorageTexturesPerShaderStage"
        ? maxStorageTexturesPerShaderStage
        : Reflect.get(limits, key, limits),
  });
  const gpu = await adapterOf((gpu) => ({
    createShaderModule: (descriptor: GPUShaderModuleDescriptor) => {
      counts.push([...descriptor.code.matchAll(/^.*var .*: texture_storage_/gm)].length);
      return gpu.createShaderModule(descriptor);
    },
  }), { limits });
  const device = await Device.open({ gpu, family: "lane" });
  return { device, counts, most: () => Math.max(...counts) };
}

/** A step that trains a whole network on images of this shape, run so often on the same ones. */
async function train(
  device: Device,
  network: Network,
  shape: number[],
  steps: number,
): Promise<Float32Array[]> {
  const trained = [...network.backbone, ...network.classifier.tensors];
  using weights = new Parameters(device, trained, "weights");
  using momenta = weights.like("momentum");
  using statistics = new Parameters(device, network.statistics, "statistics");
  loadState([weights, statistics], initState(network, 1));
  const { features, updates } = network.forward(input("images", shape), { training: true });
  const loss = crossEntropy(network.classifier.logits(features), input("labels", [shape[0]], "u32"));
  const gradients = grad(loss, trained);
  const update = sgdUpdate({ parameters: weights, momenta, gradients, lr: input("lr", []) });
  const parameters = [weights, momenta, statistics];
  using plan = await Plan.make(device, { outputs: { loss }, updates: [...updates, update], parameters });
  if (steps === 0) return [];
  const size = shape.reduce((a, b) => a * b, 1);
  const images = Float32Array.from({ length: size }, (_, i) => (i * 7919) % 1000 / 500 - 1);
  const labels = Uint32Array.from({ length: shape[0] }, (_, i) => i % 3);
  for (let i = 0; i < steps; i++) plan.run({ images, labels, lr: Float32Array.of(0.1) });
  return [await plan.read("loss"), ...(await weights.read()).values(), ...(await statistics.read()).values()];
}

/** ResNets as tests train them: one for small images, one of bottlenecks with strided shortcuts. */
const NETWORKS: Record<string, () => Network> = {
  "a ResNet-32": () => cifarResNet({ depth: 32, widths: [16, 32, 64], classes: 10 }),
  "a ResNet of bottlenecks": () =>
    resNet({
      name: "small",
      stem: "small",
      block: "bottleneck",
      blocks: [1, 2, 1, 1],
      width: 8,
      classes: 10,
    }),
};

for (const [name, make] of Object.entries(NETWORKS)) {
  Deno.test(`no kernel of a step that trains ${name} has more than 4 textures`, async () => {
    const { device, most } = await deviceWithin(TEXTURES);
    using _ = device;
    await train(device, make(), [8, 32, 32, 3], 0);
    assertEquals(most(), TEXTURES);
  });
}

Deno.test("a step on an adapter of 4 textures has the bits of one on an adapter of more", async () => {
  const network = () => cifarResNet({ depth: 8, widths: [8, 12, 16], classes: 3 });
  const [least, full] = [await deviceWithin(TEXTURES), await deviceWithin(2 * TEXTURES)];
  const runs = [];
  for (const { device } of [least, full]) {
    runs.push(await train(device, network(), [6, 12, 12, 3], 2));
    device[Symbol.dispose]();
  }
  assertEquals(runs[0], runs[1]);
  assertEquals([least.most(), full.most()], [TEXTURES, TEXTURES + 1]);
});

Deno.test("no kernel of an op or of its gradient has more than 4 textures", async () => {
  const { device, counts } = await deviceWithin(TEXTURES);
  using _ = device;
  for (const [name, property] of Object.entries(PROPERTIES)) {
    for (const each of fc.sample(property, { seed: 1, numRuns: 3 })) await planned(device, name, each);
  }
  assert(counts.length > 200, `${counts.length} kernels`);
  assertEquals(Math.max(...counts), TEXTURES);
});

/** Plans a case and its gradients, between textures; a kernel with too many is refused. */
async function planned(device: Device, name: string, { build, examples, options, stored = 0, drawn }: Drawn) {
  const sources = examples.map(({ shape, dtype }, i) =>
    i < stored ? parameter(`parameter ${i}`, shape) : input(`input ${i}`, shape, dtype)
  );
  const y = build(...sources.map((x, i) => i < stored ? x : inTexture(x)));
  const wrt = sources.filter((tensor, i) => examples[i].gradient ?? tensor.dtype === "f32");
  const gradients = options?.gradient === false || stored > 0 ? [] : pullback(y, input("dy", y.shape), wrt);
  using stack = new DisposableStack();
  const parameters = sources.slice(0, stored);
  const stores = stored > 0 ? [stack.use(new Parameters(device, parameters, "parameters"))] : [];
  const results = stored > 0 ? [] : [inTexture(y), ...gradients];
  const outputs = Object.fromEntries(results.map((tensor, i) => [`result ${i}`, tensor]));
  const updates = stored > 0 ? [y] : [];
  try {
    using _plan = await Plan.make(device, { outputs, updates, parameters: stores });
  } catch (cause) {
    throw new Error(`${name} of ${drawn}`, { cause });
  }
}
