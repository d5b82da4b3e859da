// Optimisers against PyTorch: five steps with given gradients on three parameters.

import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import { pack } from "../../../engine/ops/shape/pack.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { adamwState, adamwUpdate, type AdamwUpdateOptions } from "../../../engine/optim/adamw.ts";
import { averageWeights } from "../../../engine/optim/average.ts";
import { globalNorm } from "../../../engine/optim/global_norm.ts";
import { sgdUpdate } from "../../../engine/optim/sgd.ts";
import type { UpdateOptions } from "../../../engine/optim/update.ts";
import type { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { checkOp, deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { normal } from "../random.ts";
import { torchCases } from "../torch_cases.ts";

const storeOf = (device: Device, name: string, shapes: readonly number[][]) =>
  new Parameters(device, shapes.map((shape, i) => parameter(`${name} ${i}`, shape)), name);

/** Values of the tensors of a store one after the other. */
const allOf = async (store: Parameters) => [...(await store.read()).values()].flatMap((part) => [...part]);

/** Writes such values. */
function writeAll(store: Parameters, values: Float32Array): void {
  let from = 0;
  for (const tensor of store.tensors) store.write(tensor, values.slice(from, from += tensor.size));
}

/** An optimiser of the fixture over a store, and the store of its state. */
function optimizerOf(device: Device, attributes: Record<string, never>, options: UpdateOptions) {
  const { optimizer, momentum, nesterov, betas, eps } = attributes;
  if (optimizer === "adamw") {
    const state = adamwState(device, options.parameters);
    return { state, update: adamwUpdate({ ...options, state, betas, eps }) };
  }
  const momenta = options.parameters.like("momentum");
  return { state: momenta, update: sgdUpdate({ ...options, momenta, momentum, nesterov }) };
}

for (const { name, attributes, tensors } of torchCases("optimizer", "training.safetensors")) {
  for (const family of FAMILIES) {
    Deno.test(`${name} as PyTorch, ${family}`, async () => {
      const device = await deviceOf(family);
      const { lr, shapes, groups, clipNorm, average } = attributes;
      using parameters = storeOf(device, "p", shapes);
      using averages = parameters.like("average");
      const { data: start } = tensors.get("param")!;
      for (const store of [parameters, averages]) writeAll(store, start);
      const gradients = shapes.map((shape: number[], i: number) => input(`g${i}`, shape));
      // The first group is given as the parameters of none where it is the only one.
      const own = groups.map((group: { parameters: number[]; lrFactor: number; weightDecay: number }) => ({
        ...group,
        tensors: group.parameters.map((i) => parameters.tensors[i]),
      }));
      const { state, update } = optimizerOf(device, attributes as Record<string, never>, {
        parameters,
        gradients,
        lr: input("lr", []),
        clipNorm: clipNorm ?? undefined,
        ...own.length > 1 ? { groups: own } : { weightDecay: own[0].weightDecay },
      });
      using _state = state;
      using plan = await Plan.make(device, {
        outputs: { norm: globalNorm(pack(gradients)) },
        updates: [update, averageWeights(averages, parameters, { decay: average })],
        parameters: [parameters, averages, state],
      });

      const at = (key: string, step: number) => tensors.get(key)!.data.slice(15 * step, 15 * step + 15);
      for (let step = 0; step < lr.length; step++) {
        let from = 0;
        const feeds = gradients.map(({ size }: Tensor, i: number) => [
          `g${i}`,
          at("grads", step).slice(from, from += size),
        ]);
        plan.run({ ...Object.fromEntries(feeds), lr: Float32Array.of(lr[step]) });
        // Steps in float32 on numbers near 1. A mean of squares of tiny gradients keeps fewer digits of the update.
        const tolerance = { relative: 2e-6 };
        assertClose(`norm ${step}`, await plan.read("norm"), [tensors.get("norms")!.data[step]], tolerance);
        assertClose(`step ${step}`, await allOf(parameters), at("params_after", step), tolerance);
        assertClose(`average ${step}`, await allOf(averages), at("averages_after", step), tolerance);
      }
    });
  }
}

// One workgroup, a broken 4-vector, two stages with parts that are no multiple of 4, more than 100,000 numbers.
for (const size of [1, 70, 8191, 8193, 300_001]) {
  checkOp("globalNorm", globalNorm, [[size]], { shape: [], gradient: false });
}

for (const family of FAMILIES) {
  Deno.test(`steps over 70,000 parameters in groups, clipped, ${family}`, async () => {
    const device = await deviceOf(family);
    const shapes = [[70_000], [5], [3, 3, 2, 2], []];
    using parameters = storeOf(device, "p", shapes);
    const flat = input("gradient", parameters.flat.shape);
    const [a, b, c] = parameters.tensors;
    const groups = [{ tensors: [b, c], lrFactor: 0.5 }, { tensors: [a], lrFactor: 2, weightDecay: 0.3 }];
    const lr = input("lr", []);
    const options = { parameters, gradients: flat, lr, weightDecay: 0.1, groups, clipNorm: 3 };
    using state = adamwState(device, parameters);
    using momenta = parameters.like("momentum");
    for (
      const [own, update] of [
        [state, adamwUpdate({ ...options, state })],
        [momenta, sgdUpdate({ ...options, momenta, momentum: 0.9 })],
      ] as const
    ) {
      const next = normal(5);
      const random = (size: number) => Float32Array.from({ length: size }, next);
      const values = new Map<Tensor, Float32Array>([
        [flat, random(flat.size)],
        [lr, Float32Array.of(0.1)],
        [parameters.flat, new Float32Array(parameters.flat.size)],
        [own.flat, new Float32Array(own.flat.size)],
      ]);
      let from = 0;
      for (const tensor of parameters.tensors) {
        const start = random(tensor.size);
        parameters.write(tensor, start);
        values.get(parameters.flat)!.set(start, from);
        from += Math.ceil(tensor.size / 64) * 64;
      }
      const [expected] = interpret([update], values);
      using plan = await Plan.make(device, {
        updates: [update],
        parameters: [parameters, own],
      });
      plan.run({ gradient: values.get(flat)!, lr: values.get(lr)! });
      const after = await parameters.read();
      from = 0;
      for (const tensor of parameters.tensors) {
        assertClose(tensor.describe(), after.get(tensor)!, expected.slice(from, from + tensor.size));
        from += Math.ceil(tensor.size / 64) * 64;
      }
    }
  });

  Deno.test(`adamw stops at a step that is not finite, and does not count it, ${family}`, async () => {
    const device = await deviceOf(family);
    using parameters = storeOf(device, "p", [[2]]);
    using guards = new Parameters(device, [parameter("statistics", [8])], "statistics");
    const [guard] = guards.tensors;
    using state = adamwState(device, parameters);
    const gradients = [input("g", [2])];
    const update = adamwUpdate({ parameters, state, gradients, lr: input("lr", []), guard });
    using plan = await Plan.make(device, { updates: [update], parameters: [parameters, guards, state] });
    const feeds = { g: Float32Array.of(1, -2), lr: Float32Array.of(0.5) };
    plan.run(feeds);
    // The first step of Adam is lr, whatever the gradient's size.
    assertClose("parameters", await allOf(parameters), [-0.5, 0.5]);
    const before = [await allOf(parameters), await allOf(state)];
    assertClose("corrections", before[1].slice(-2), [0.1, 0.001]);
    guards.write(guard, Float32Array.of(0, 0, 0, 7, 0, 0, 0, 0));
    plan.run(feeds);
    assertEquals([await allOf(parameters), await allOf(state)], before);
  });
}

Deno.test("optimisers refuse strangers in a group, two groups for one, no bound, another state", async () => {
  const device = await deviceOf("tile");
  using parameters = storeOf(device, "p", [[3], [4]]);
  using others = storeOf(device, "other", [[300]]);
  using state = adamwState(device, parameters);
  using otherState = adamwState(device, others);
  const [a] = parameters.tensors;
  const gradients = [input("a", [3]), input("b", [4])];
  const make = (options: Partial<AdamwUpdateOptions>) => () =>
    adamwUpdate({ parameters, state, gradients, lr: input("lr", []), ...options });
  assertThrows(make({ groups: [{ tensors: others.tensors }] }), RangeError, "is not in the store");
  assertThrows(make({ groups: [{ tensors: [a] }, { tensors: [a] }] }), RangeError, "is in two groups");
  assertThrows(make({ clipNorm: 0 }), RangeError, "it takes a clipNorm above 0, current is 0");
  assertThrows(make({ state: otherState }), ShapeError, "the state belongs to other parameters");
  assertThrows(make({ gradients: [gradients[0]] }), ShapeError, "one like p 1 [4] in its place");
  assertThrows(make({ gradients: input("flat", [7]) }), ShapeError, "of one flat shape");
  assertThrows(() => averageWeights(others, parameters, { decay: 0.9 }), ShapeError, "the stores differ");
  assertThrows(() => globalNorm(input("x", [2, 3])), ShapeError, "pack the gradients first");
});
