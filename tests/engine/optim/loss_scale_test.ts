// Loss scaling: what f16 would lose is kept, what overflows is skipped, and in f32 nothing changes by a bit.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import type { Family, Tensor } from "../../../engine/graph/node.ts";
import { conv2d } from "../../../engine/ops/conv/conv2d.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { scale as times } from "../../../engine/ops/arithmetic/scale.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { mean } from "../../../engine/ops/statistics/mean.ts";
import { adamwState, adamwUpdate } from "../../../engine/optim/adamw.ts";
import { lossScale, scaleLoss, unscale } from "../../../engine/optim/loss_scale.ts";
import { sgdUpdate } from "../../../engine/optim/sgd.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import type { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { ofHalf } from "../../half.ts";
import { assertClose } from "../close.ts";
import { deviceOf, FAMILIES } from "../families.ts";
import { normal } from "../random.ts";

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
  const [first, second] = parameters.tensors;
  const groups = [{ tensors: [first], weightDecay: 0.3 }, { tensors: [second], lrFactor: 0.5 }];
  const guard = parameter("statistics", [8]);
  const options = { parameters, lr: input("lr", []), weightDecay: 0.1, groups, guard, ...given };
  const updates = [
    sgdUpdate({ ...options, momenta, momentum: 0.9 }),
    adamwUpdate({ ...options, state, clipNorm: 2 }),
  ];
  const stores = [parameters, momenta, state, new Parameters(device, [guard], "statistics")];
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
    assert(before.slice(0, 3).every((values) => values.some((value) => value !== 0)));
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

  Deno.test(`steps by scaled gradients are those of their references, ${family}`, async () => {
    const device = await deviceOf(family);
    using parameters = new Parameters(device, [parameter("p", [5])], "p");
    using momenta = parameters.like("momentum");
    using state = adamwState(device, parameters);
    const [g, lr] = [input("g", [5]), input("lr", [])];
    const start = Float32Array.of(1, -2, 3, 0.5, 0);
    for (const optimizer of ["sgd", "adamw"]) {
      using scale = lossScale(device, 8);
      const { rescale, ...scaled } = unscale(scale, parameters, [g], { interval: 2 });
      const options = { parameters, lr, ...scaled, clipNorm: 0.5, weightDecay: 0.1 };
      const update = optimizer === "sgd"
        ? sgdUpdate({ ...options, momenta })
        : adamwUpdate({ ...options, state });
      const stores = [parameters, momenta, state, scale];
      using plan = await Plan.make(device, { updates: [update, rescale], parameters: stores });
      // Skipped and halved, a good step, skipped and halved, two good steps and doubled.
      for (const last of [NaN, 1, Infinity, 1, -1]) {
        for (const store of [momenta, state]) {
          for (const tensor of store.tensors) store.write(tensor, new Float32Array(tensor.size));
        }
        parameters.write(parameters.tensors[0], start);
        const [factor, good] = await allOf(scale);
        const feeds = { g: Float32Array.of(3, 4, 0, -7, last), lr: Float32Array.of(0.1) };
        const values = new Map<Tensor, Float32Array>([[g, feeds.g], [lr, feeds.lr]]);
        values.set(scale.tensors[0], Float32Array.of(factor));
        for (const { flat } of stores) values.set(flat, new Float32Array(flat.size));
        values.get(parameters.flat)!.set(start);
        values.get(scale.flat)![0] = factor;
        values.get(scale.flat)![64] = good;
        const [expected, moved] = interpret([update, rescale], values);
        plan.run(feeds);
        assertClose(`${optimizer} at ${last}`, await allOf(parameters), expected.slice(0, 5));
        assertEquals(await allOf(scale), [moved[0], moved[64]]);
        assertEquals(start.every((value, i) => value === expected[i]), !Number.isFinite(last));
      }
      assertEquals(await allOf(scale), [4, 0]);
    }
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

Deno.test("a scale that is no power of 2 is refused, and so are factors that are not unscale's", async () => {
  const device = await deviceOf("lane");
  for (const start of [0, -1, 3, NaN, Infinity, 2 ** 25, 2 ** -25]) {
    assertThrows(() => lossScale(device, start), RangeError, "Cannot scale a loss: it takes a power of 2");
  }
  using parameters = new Parameters(device, [parameter("p", [5])], "p");
  using momenta = parameters.like("momentum");
  using state = adamwState(device, parameters);
  const options = { parameters, gradients: [input("g", [5])], lr: input("lr", []) };
  for (const unscaled of [input("u", []), input("u", [5])]) {
    for (const guard of [undefined, input("guard", [8])]) {
      const own = { ...options, unscaled, guard, groups: [{ tensors: parameters.tensors }] };
      assertThrows(() => sgdUpdate({ ...own, momenta }), ShapeError, "unscaled [2]");
      assertThrows(() => adamwUpdate({ ...own, state }), ShapeError, "unscaled [2]");
    }
  }
});

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
  const update = sgdUpdate({ parameters: weights, momenta, lr: input("lr", []), ...scaled });
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
