// Optimisers that own what their steps leave: the same bits as by updates over a state that the caller keeps.

import { assertEquals, assertThrows } from "@std/assert";
import { input, nameOf, parameter } from "../../../engine/graph/source.ts";
import { adamw, adamwState, adamwUpdate } from "../../../engine/optim/adamw.ts";
import { sgd, sgdUpdate } from "../../../engine/optim/sgd.ts";
import type { Device } from "../../../engine/device/device.ts";
import { shaped } from "../../../engine/jit/arguments.ts";
import { jit } from "../../../engine/jit/jit.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { deviceOf, FAMILIES } from "../check.ts";

const shapes = [[3, 2], [5]];

function storeOn(device: Device): Parameters {
  const tensors = shapes.map((shape, i) => parameter(`p${i}`, shape));
  const store = new Parameters(device, tensors, "parameters");
  for (const tensor of tensors) {
    store.write(tensor, Float32Array.from({ length: tensor.size }, (_, i) => i - 2));
  }
  return store;
}

const valuesOf = async (...stores: Parameters[]) =>
  (await Promise.all(stores.map((store) => store.read()))).flatMap((read) => [...read.values()]);
const gradientsOf = (step: number) =>
  shapes.map(([a, b = 1]) => Float32Array.from({ length: a * b }, (_, i) => Math.sin(5 * step + i)));

/** Everything that makes a step another one. */
function choicesOf({ tensors: [first] }: Parameters) {
  return { weightDecay: 0.1, clipNorm: 1, groups: [{ tensors: [first], lrFactor: 0.5, weightDecay: 0 }] };
}

for (const family of FAMILIES) {
  for (const kind of ["sgd", "adamw"] as const) {
    Deno.test(`${kind} owns its state: the bits of an update over a state of the caller's, ${family}`, async () => {
      const device = await deviceOf(family);
      const before = device.memory.used;
      {
        using own = storeOn(device);
        using other = storeOn(device);
        using optimizer = kind === "sgd"
          ? sgd(own, { ...choicesOf(own), momentum: 0.9, nesterov: true })
          : adamw(own, { ...choicesOf(own), betas: [0.8, 0.9], eps: 1e-6 });
        using step = jit((lr: Tensor, gradients: readonly Tensor[]) => ({
          updates: [optimizer.step(gradients, lr)],
        }));
        using state = kind === "sgd" ? other.like("momentum") : adamwState(device, other);
        const given = {
          parameters: other,
          gradients: shapes.map((shape, i) => input(`g${i}`, shape)),
          lr: input("lr", []),
          ...choicesOf(other),
        };
        const update = kind === "sgd"
          ? sgdUpdate({ ...given, momenta: state, momentum: 0.9, nesterov: true })
          : adamwUpdate({ ...given, state, betas: [0.8, 0.9], eps: 1e-6 });
        using plan = await Plan.make(device, { updates: [update], parameters: [other, state] });
        assertEquals(optimizer.state.tensors.map(nameOf), state.tensors.map(nameOf));
        for (let i = 0; i < 3; i++) {
          const [g0, g1] = gradientsOf(i);
          await step(0.1, [shaped(g0, shapes[0]), g1]);
          plan.run({ g0, g1, lr: Float32Array.of(0.1) });
        }
        assertEquals(await valuesOf(own, optimizer.state), await valuesOf(other, state));
      }
      assertEquals(device.memory.used, before);
    });
  }
}

Deno.test("sgd refuses Nesterov without momentum when it is made, and then takes no memory", async () => {
  const device = await deviceOf("tile");
  using store = storeOn(device);
  const before = device.memory.used;
  assertThrows(() => sgd(store, { nesterov: true }), RangeError, "Nesterov takes a momentum above 0");
  assertEquals(device.memory.used, before);
});
