// Loss scaling: what f16 would lose is kept, what overflows is skipped, and in f32 nothing changes by a bit.

import { assert, assertEquals } from "@std/assert";
import { interpret } from "../../engine/interpret.ts";
import type { Family } from "../../engine/op.ts";
import { conv2d } from "../../engine/ops/conv2d.ts";
import { relu } from "../../engine/ops/relu.ts";
import { scale as times } from "../../engine/ops/scale.ts";
import { input, parameter } from "../../engine/ops/source.ts";
import { mean } from "../../engine/ops/sum.ts";
import { adamw, adamwState } from "../../engine/optim/adamw.ts";
import { lossScale, scaleLoss, unscale } from "../../engine/optim/loss_scale.ts";
import { sgd } from "../../engine/optim/sgd.ts";
import { grad } from "../../engine/passes/differentiate.ts";
import type { Device } from "../../engine/runtime/device.ts";
import { Parameters } from "../../engine/runtime/parameters.ts";
import { Plan } from "../../engine/runtime/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { ofHalf } from "../half.ts";
import { assertClose } from "./close.ts";
import { deviceOf, FAMILIES } from "./families.ts";
import { normal } from "./random.ts";

/** Values of the tensors of a store one after the other. */
const allOf = async (store: Parameters) => [...(await store.read()).values()].flatMap((part) => [...part]);

/** Optimisers over three parameters, and a run of them on given gradients times a scale. */
function optimizersOf(device: Device, scaled: boolean) {
  const parameters = new Parameters(device, [[3], [70], []].map((s, i) => parameter(`p ${i}`, s)), "p");
  const gradients = parameters.tensors.map(({ shape }, i) => input(`g${i}`, shape));
  const momenta = parameters.like("momentum");
  const state = adamwState(device, parameters);
  const scale = lossScale(device);
  const checked = unscale(scale, parameters, gradients, { interval: 3 });
  const given = scaled ? checked : { gradients };
  const options = { parameters, lr: input("lr", []), weightDecay: 0.1, ...given };
  const updates = [sgd({ ...options, momenta, momentum: 0.9 }), adamw({ ...options, state, clipNorm: 2 })];
  const stores = [parameters, momenta, state];
  return { parameters, stores, scale, updates: scaled ? [checked.rescale, ...updates] : updates };
}

for (const family of FAMILIES) {
  Deno.test(`steps by scaled gradients are those by plain ones to the bit, ${family}`, async () => {
    const device = await deviceOf(family);
    const results = [];
    for (const scaled of [false, true]) {
      const { parameters, stores, scale, updates } = optimizersOf(device, scaled);
      using plan = await Plan.make(device, { updates, parameters: [...stores, scale] });
      const next = normal(7);
      for (let step = 0; step < 8; step++) {
        const [[factor]] = (await scale.read()).values();
        const feeds = parameters.tensors.map(({ size }, i) => [
          `g${i}`,
          Float32Array.from({ length: size }, () => Math.fround(next()) * (scaled ? factor : 1)),
        ]);
        plan.run({ ...Object.fromEntries(feeds), lr: Float32Array.of(0.1) });
      }
      results.push(await Promise.all(stores.map(allOf)));
      // Doubled after the third and the sixth step.
      assertEquals(await allOf(scale), scaled ? [2 ** 18, 2] : [2 ** 16, 0]);
      for (const owned of [...stores, scale]) owned[Symbol.dispose]();
    }
    assertEquals(results[1], results[0]);
  });

  Deno.test(`a step with a gradient that is not finite is skipped and halves the scale, ${family}`, async () => {
    const device = await deviceOf(family);
    const { parameters, stores, scale, updates } = optimizersOf(device, true);
    using plan = await Plan.make(device, { updates, parameters: [...stores, scale] });
    const run = (bad: number) =>
      plan.run({
        g0: Float32Array.of(1, 2, 3),
        g1: new Float32Array(70).with(69, bad),
        g2: Float32Array.of(4),
        lr: Float32Array.of(0.1),
      });
    run(1);
    const before = await Promise.all(stores.map(allOf));
    assert(before.every((values) => values.some((value) => value !== 0)));
    for (const bad of [Infinity, NaN, -Infinity]) run(bad);
    assertEquals(await Promise.all(stores.map(allOf)), before);
    assertEquals(await allOf(scale), [2 ** 13, 0]);
    run(1);
    assert((await allOf(parameters))[0] !== before[0][0]);
    assertEquals(await allOf(scale), [2 ** 13, 1]);
    // From here it would vanish, and its inverse overflow.
    for (let i = 0; i < 50; i++) run(NaN);
    assertEquals(await allOf(scale), [2 ** -24, 0]);
    for (const owned of [...stores, scale]) owned[Symbol.dispose]();
  });

  Deno.test({
    ...ofHalf(`gradients too small for f16 are kept by the scale, and lost without it, ${family}`),
    fn: async () => {
      const start = await weightsAfter(family, { loss: 1e-6, steps: 0, scale: 1 });
      const lost = await weightsAfter(family, { loss: 1e-6, steps: 1, scale: 1 });
      assertEquals(lost.first, start.first);
      const kept = await weightsAfter(family, { loss: 1e-6, steps: 1, scale: 2 ** 16 });
      assertEquals(kept.scale, 2 ** 16);
      const way = kept.first.map((value, i) => value - start.first[i]);
      // The gradient of one weight is a sum of 200 products of numbers that f16 rounds to 2^-11.
      assertClose("way", way, start.way, { relative: 4 * 2 ** -11, absolute: 0 });
    },
  });

  Deno.test({
    ...ofHalf(`a gradient too large for f16 skips steps until the scale fits, ${family}`),
    fn: async () => {
      const start = await weightsAfter(family, { loss: 1000, steps: 0, scale: 2 ** 20 });
      const skipped = await weightsAfter(family, { loss: 1000, steps: 1, scale: 2 ** 20 });
      assertEquals(skipped.first, start.first);
      assertEquals(skipped.scale, 2 ** 19);
      const { first, scale } = await weightsAfter(family, { loss: 1000, steps: 20, scale: 2 ** 20 });
      assert(first.some((value, i) => value !== start.first[i]) && first.every(Number.isFinite));
      assert(scale > 1 && scale < 2 ** 19, `the scale is ${scale}`);
    },
  });
}

/**
 * Takes steps of two convolutions in f16 with a loss of about this size. The rate undoes the size.
 *
 * @returns The first weight, the way that one step takes in exact numbers, and the scale.
 */
async function weightsAfter(family: Family, options: { loss: number; steps: number; scale: number }) {
  const device = await deviceOf(family);
  const next = normal(3);
  const random = (size: number) => Float32Array.from({ length: size }, () => Math.f16round(next()));
  const x = input("x", [2, 10, 10, 3]);
  const weights = new Parameters(
    device,
    [parameter("w1", [4, 3, 3, 3]), parameter("w2", [5, 3, 3, 4])],
    "weights",
  );
  const [w1, w2] = weights.tensors;
  const feeds = new Map<Tensor, Float32Array>([[x, random(x.size)]]);
  for (const tensor of weights.tensors) {
    feeds.set(tensor, random(tensor.size));
    weights.write(tensor, feeds.get(tensor)!);
  }
  const loss = times(mean(conv2d(relu(conv2d(x, w1)), w2)), options.loss);
  const [gradient] = interpret(grad(loss, [w1]), feeds);
  const momenta = weights.like("momentum");
  const scale = lossScale(device, options.scale);
  const scaled = unscale(scale, weights, grad(scaleLoss(loss, scale), [w1, w2]));
  const rate = 1 / options.loss;
  const update = sgd({ parameters: weights, momenta, lr: input("lr", []), ...scaled });
  using plan = await Plan.make(device, {
    updates: [update, scaled.rescale],
    parameters: [weights, momenta, scale],
    precision: "f16",
  });
  for (let i = 0; i < options.steps; i++) plan.run({ x: feeds.get(x)!, lr: Float32Array.of(rate) });
  const first = (await weights.read()).get(w1)!;
  const [[factor]] = (await scale.read()).values();
  for (const owned of [weights, momenta, scale]) owned[Symbol.dispose]();
  return { first, way: gradient.map((value) => -rate * value), scale: factor };
}
