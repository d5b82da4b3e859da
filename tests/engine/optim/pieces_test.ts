// Stores larger than a binding: the effects over a whole store take it in pieces, to the same bits.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { MemoryError } from "../../../engine/graph/errors.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { accumulate } from "../../../engine/optim/accumulate.ts";
import { adamwState, adamwUpdate } from "../../../engine/optim/adamw.ts";
import { averageWeights } from "../../../engine/optim/average.ts";
import { sgdUpdate } from "../../../engine/optim/sgd.ts";
import { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { adapterOf } from "../adapters.ts";
import { deviceOf, FAMILIES, kernelsOf } from "../families.ts";
import { normal } from "../random.ts";

/** Bytes of the largest binding here, the least that the norm of gradients is taken in. */
const MOST = 2 ** 21;

/** A device whose bindings hold no more; the adapter's own limit is checked by the device itself. */
async function smallBindings(family: "lane" | "tile"): Promise<Device> {
  const gpu = await adapterOf(({ limits }) => ({
    limits: new Proxy(limits, {
      get: (target, key) => key === "maxStorageBufferBindingSize" ? MOST : Reflect.get(target, key, target),
    }),
  }));
  return await Device.open({ family, gpu });
}

/** Lengths of tensors that fill two and a half bindings, none of them a whole one. */
const LENGTHS = [300_000, 400_000, 513, 1, 470_000, 150_001];

const drawn = (seed: number, length: number) => Float32Array.from({ length }, normal(seed));

/** Everything that is left of two steps with every effect over a whole store. */
async function twoSteps(device: Device, own: "sgd" | "adamw"): Promise<Float32Array[]> {
  const tensors = LENGTHS.map((length, i) => parameter(`p${i}`, [length]));
  using parameters = new Parameters(device, tensors, "p");
  tensors.forEach((tensor, i) => parameters.write(tensor, drawn(i, LENGTHS[i])));
  using averages = parameters.like("average");
  using total = parameters.like("gradient");
  using state = own === "adamw" ? adamwState(device, parameters) : parameters.like("momentum");
  const given = LENGTHS.map((length, i) => input(`g${i}`, [length]));
  // A kernel computes them, so that they go into slices of one tensor.
  const gradients = given.map((g) => scale(g, 2));
  const groups = [{ tensors: [tensors[1], tensors[4]], lrFactor: 0.5, weightDecay: 0.1 }];
  const options = { parameters, gradients, lr: input("lr", []), weightDecay: 0.01, groups, clipNorm: 3 };
  const update = own === "adamw"
    ? adamwUpdate({ ...options, state })
    : sgdUpdate({ ...options, momenta: state, momentum: 0.9 });
  const updates = [
    update,
    accumulate({ total, gradients, keep: input("keep", []), share: 0.5 }),
    averageWeights(averages, parameters, { decay: 0.9 }),
  ];
  const stores = [parameters, state, averages, total];
  using plan = await Plan.make(device, { updates, parameters: stores });
  const most = device.gpu.limits.maxStorageBufferBindingSize;
  for (const { bind } of kernelsOf(plan.steps)) {
    for (const { part } of Object.values(bind)) assert(!part || part.bytes <= most && part.from % 256 === 0);
  }
  for (const keep of [0, 1]) {
    plan.run({
      lr: Float32Array.of(0.1),
      keep: Float32Array.of(keep),
      ...Object.fromEntries(LENGTHS.map((length, i) => [`g${i}`, drawn(10 + i + keep, length)])),
    });
  }
  return (await Promise.all(stores.map((store) => store.read()))).flatMap((read) => [...read.values()]);
}

for (const own of ["sgd", "adamw"] as const) {
  Deno.test(`stores larger than a binding take a step of ${own} in pieces, to the same bits`, async () => {
    for (const family of FAMILIES) {
      await using small = await smallBindings(family);
      const [whole, pieces] = [await twoSteps(await deviceOf(family), own), await twoSteps(small, own)];
      assertEquals(pieces.length, whole.length);
      whole.forEach((values, i) => assert(values.every((value, at) => value === pieces[i][at]), `${i}`));
    }
  });
}

Deno.test("a tensor larger than a binding is refused, with both sizes", async () => {
  await using device = await smallBindings("tile");
  const weight = parameter("weight", [MOST / 4 + 4]);
  using store = new Parameters(device, [weight], "weights");
  const plan = () => Plan.make(device, { outputs: { y: scale(weight, 2) }, parameters: [store] });
  await assertRejects(plan, MemoryError, "2.0 MiB");
});
