// What a plan takes is told before it is allocated, to the byte.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { crossEntropy } from "../../../engine/nn/losses.ts";
import { cifarResNet } from "../../../engine/nn/resnet_cifar.ts";
import { matmul } from "../../../engine/ops/matmul/matmul.ts";
import { normalize } from "../../../engine/ops/norm/normalize.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { accumulate } from "../../../engine/optim/accumulate.ts";
import { sgdUpdate } from "../../../engine/optim/sgd.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import { ParameterLayout, tensorsLike } from "../../../engine/graph/parameter_layout.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan, type Precision } from "../../../engine/plan/plan.ts";
import { ofHalf } from "../../half.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { kernelsOf } from "../families.ts";

const network = cifarResNet({ depth: 8, classes: 5 });

/** A forward pass, or a step of training. */
function graphOf(size: number, training: boolean) {
  const images = normalize(input("images", [size, 16, 16, 3], "u8"), { mean: [0, 0, 0], std: [1, 1, 1] });
  const { features, updates } = network.forward(images, { training });
  const loss = crossEntropy(network.classifier.logits(features), input("labels", [size], "u32"));
  return { features, loss, updates };
}

const weights = [...network.backbone, ...network.classifier.tensors];

for (const precision of ["f32", "f16"] as const satisfies readonly Precision[]) {
  const of = precision === "f16" ? ofHalf : (name: string) => ({ name });
  for (const family of FAMILIES) {
    Deno.test({
      ...of(`plans of ResNet-8 take what was measured before, forward and training, ${family}, ${precision}`),
      fn: async () => {
        const device = await deviceOf(family);
        const labels = ["weights", "statistics", "momenta"];
        const tensors = [weights, network.statistics, tensorsLike(weights, "momentum")];
        const layouts = tensors.map((own, i) => new ParameterLayout(own, labels[i]));
        const { memory } = device;
        const start = memory.used;
        const frozen = graphOf(6, false);
        const forward = { outputs: { features: frozen.features }, precision };
        const training = (stores: readonly ParameterLayout[]) => {
          const [parameters, , momenta] = stores as Parameters[];
          const { loss, updates } = graphOf(6, true);
          const gradients = grad(loss, weights);
          const step = sgdUpdate({ parameters, momenta, gradients, lr: input("lr", []), momentum: 0.9 });
          return { outputs: { loss }, updates: [...updates, step], precision };
        };
        const sizes = [
          Plan.measure(device, { ...forward, parameters: layouts }),
          Plan.measure(device, { ...training(layouts), parameters: layouts }),
        ];
        assertEquals(memory.used, start);

        using stack = new DisposableStack();
        const stores = tensors.map((own, i) => stack.use(new Parameters(device, own, labels[i])));
        assertEquals(stores.map(({ bytes }) => bytes), layouts.map(({ bytes }) => bytes));
        for (const [i, spec] of [forward, training(stores)].entries()) {
          const before = memory.used;
          using plan = await Plan.make(device, { ...spec, parameters: stores });
          assertEquals([plan.bytes, memory.used - before], [sizes[i].bytes, sizes[i].bytes]);
          const groups = kernelsOf([...plan.once, ...plan.steps]).flatMap(({ workgroups }) => workgroups);
          assertEquals(sizes[i].workgroups, Math.max(...groups));
        }
        // The images between two layers are what counts: they grow with the batch.
        const twice = Plan.measure(device, {
          outputs: { y: graphOf(12, false).features },
          parameters: layouts,
        });
        assert(
          twice.bytes > (precision === "f32" ? 1.3 : 2) * sizes[0].bytes,
          `${twice.bytes} ${sizes[0].bytes}`,
        );
      },
    });
  }
}

Deno.test("a device holds what neither its budget nor the limits of the adapter end", async () => {
  const device = await deviceOf("tile");
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  const small = { bytes: 1024, largest: 512, workgroups: 4, side: 9 };
  assert(device.holds(small));
  assert(device.holds({ ...small, bytes: device.memory.left }));
  assert(!device.holds({ ...small, bytes: device.memory.left + 1 }));
  assert(!device.holds({ ...small, largest: Math.min(maxBufferSize, maxStorageBufferBindingSize) + 1 }));
  assert(!device.holds({ ...small, workgroups: device.gpu.limits.maxComputeWorkgroupsPerDimension + 1 }));
  assert(!device.holds({ ...small, side: device.gpu.limits.maxTextureDimension2D + 1 }));
});

Deno.test("the side of what wants a texture is measured, whether it finds one or not", async () => {
  const { maxTextureDimension2D } = (await deviceOf("lane")).gpu.limits;
  for (const rows of [100, maxTextureDimension2D + 1]) {
    const spec = { outputs: { y: matmul(input("a", [rows, 8]), input("b", [8, 40])) } };
    assertEquals(Plan.measure(await deviceOf("lane"), spec).side, rows);
    assertEquals(Plan.measure(await deviceOf("tile"), spec).side, 0);
  }
});

for (const family of FAMILIES) {
  Deno.test(`gradients of some neighbours of a store are added up in their span, ${family}`, async () => {
    const device = await deviceOf(family);
    const gradients = [[3], [2, 5], [70], [4]].map((shape, i) => input(`g${i}`, shape));
    const store = gradients.map(({ shape }, i) => parameter(`p${i}`, shape));
    using total = new Parameters(device, store, "total");
    for (const tensor of store) total.write(tensor, new Float32Array(tensor.size).fill(1));
    const part = store.slice(1, 3);
    const effect = accumulate({
      total: { tensors: part, flat: total.span(part) },
      gradients: gradients.slice(1, 3),
      keep: input("keep", []),
    });
    using plan = await Plan.make(device, { updates: [effect], parameters: [total] });
    const feeds = { g1: new Float32Array(10).fill(2), g2: new Float32Array(70).fill(5) };
    plan.run({ ...feeds, keep: Float32Array.of(1) });
    const sums = async () => [...(await total.read()).values()].map(([first]) => first);
    assertEquals(await sums(), [1, 3, 6, 1]);
    plan.run({ ...feeds, keep: Float32Array.of(0) });
    assertEquals(await sums(), [1, 2, 5, 1]);
  });
}

Deno.test("a span takes neighbours in the store's order", () => {
  const [a, b, c] = tensorsLike(weights.slice(0, 3), "x");
  const layout = new ParameterLayout([a, b, c], "x");
  assertEquals(layout.offsetOf(layout.span([b, c])), layout.offsetOf(b));
  for (const tensors of [[a, c], [b, a], [...tensorsLike([a], "y")]]) {
    assertThrows(() => layout.span(tensors), TypeError, "it takes neighbours in the store's order");
  }
});
