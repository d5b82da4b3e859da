import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import { mul } from "../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { constant, input, parameter } from "../../../engine/graph/source.ts";
import { sgdUpdate, type SgdUpdateOptions } from "../../../engine/optim/sgd.ts";
import type { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { normal } from "../random.ts";
import { torchCases } from "../torch_cases.ts";

/** Stores of some shapes and their momenta. */
function storesOf(device: Device, shapes: number[][]): { parameters: Parameters; momenta: Parameters } {
  const tensorsOf = (name: string) => shapes.map((shape, i) => parameter(`${name} ${i}`, shape));
  return {
    parameters: new Parameters(device, tensorsOf("p"), "parameters"),
    momenta: new Parameters(device, tensorsOf("momentum of p"), "momenta"),
  };
}

for (const { name, attributes, tensors } of torchCases("sgd")) {
  for (const family of FAMILIES) {
    Deno.test(`${name} as PyTorch, ${family}`, async () => {
      const device = await deviceOf(family);
      // The seven numbers as two tensors, so that the flat buffer has a gap.
      const { parameters, momenta } = storesOf(device, [[3], [2, 2]]);
      using _parameters = parameters;
      using _momenta = momenta;
      const [a, b] = parameters.tensors;
      const { data: start } = tensors.get("param")!;
      parameters.write(a, start.slice(0, 3));
      parameters.write(b, start.slice(3));
      const { lr, momentum, nesterov, weightDecay } = attributes;
      const gradients = [input("a", [3]), input("b", [2, 2])];
      const update = sgdUpdate({
        parameters,
        momenta,
        gradients,
        lr: input("lr", []),
        momentum,
        nesterov,
        weightDecay,
      });
      using plan = await Plan.make(device, { updates: [update], parameters: [parameters, momenta] });

      const { data: grads } = tensors.get("grads")!;
      const { data: after } = tensors.get("params_after")!;
      for (let step = 0; step < lr.length; step++) {
        const gradient = grads.slice(7 * step, 7 * step + 7);
        plan.run({ a: gradient.slice(0, 3), b: gradient.slice(3), lr: Float32Array.of(lr[step]) });
        const values = [...(await parameters.read()).values()].flatMap((part) => [...part]);
        // Five steps in float32 on numbers near 1.
        assertClose(`step ${step}`, values, after.slice(7 * step, 7 * step + 7), { relative: 1e-6 });
      }
    });
  }
}

for (const family of FAMILIES) {
  Deno.test(`sgd of 70,000 parameters takes gradients that are computed, shared, given or parameters, ${family}`, async () => {
    const device = await deviceOf(family);
    const shapes = [[70_000], [5], [5], [3, 3, 2, 2], [6], []];
    const { parameters, momenta } = storesOf(device, shapes);
    using _parameters = parameters;
    using _momenta = momenta;
    const next = normal(1);
    const random = (size: number) => Float32Array.from({ length: size }, next);
    const feeds = new Map<Tensor, Float32Array>();
    const inputs = shapes.map((shape, i) => input(`x ${i}`, shape));
    for (const tensor of inputs) feeds.set(tensor, random(tensor.size));
    const [x0, x1, , , x4] = inputs;
    const twice = relu(x1);
    // A kernel's result, one of what another op and an output read, a parameter, an input, and a constant's result.
    const gradients = [
      scale(x0, 3),
      mul(twice, twice),
      twice,
      parameters.tensors[3],
      x4,
      scale(constant([0.5], []), 2),
    ];
    const lr = input("lr", []);
    feeds.set(lr, Float32Array.of(0.1));
    const update = sgdUpdate({ parameters, momenta, gradients, lr, momentum: 0.9, weightDecay: 0.01 });
    using plan = await Plan.make(device, {
      outputs: { twice },
      updates: [update],
      parameters: [parameters, momenta],
    });

    const flat = [parameters, momenta].map(({ flat }) => new Float32Array(flat.size));
    feeds.set(parameters.flat, flat[0]);
    feeds.set(momenta.flat, flat[1]);
    const offsets = [0, 70_016, 70_080, 70_144, 70_208, 70_272];
    parameters.tensors.forEach((tensor, i) => {
      const values = random(tensor.size);
      parameters.write(tensor, values);
      flat[0].set(values, offsets[i]);
      feeds.set(tensor, values);
    });
    const [expected] = interpret([update], feeds);
    const given = [x0, x1, x4].map((tensor) => [(tensor.attrs as { name: string }).name, feeds.get(tensor)!]);
    plan.run({ ...Object.fromEntries(given), lr: feeds.get(lr)! });
    const actual = await parameters.read();
    parameters.tensors.forEach((tensor, i) =>
      assertClose(
        tensor.describe(),
        actual.get(tensor)!,
        expected.slice(offsets[i], offsets[i] + tensor.size),
      )
    );
    assertClose("twice", await plan.read("twice"), feeds.get(x1)!.map((value) => Math.max(value, 0)));
  });
}

Deno.test("sgd refuses gradients in another order, other momenta, Nesterov without momentum", async () => {
  const device = await deviceOf("tile");
  const { parameters, momenta } = storesOf(device, [[3], [4]]);
  const { parameters: other, momenta: otherMomenta } = storesOf(device, [[300]]);
  using _1 = parameters;
  using _2 = momenta;
  using _3 = other;
  using _4 = otherMomenta;
  const lr = input("lr", []);
  const gradients = [input("a", [3]), input("b", [4])];
  const make = (options: Partial<SgdUpdateOptions>) => () =>
    sgdUpdate({ parameters, momenta, gradients, lr, ...options });
  assertThrows(make({ gradients: [gradients[1], gradients[0]] }), ShapeError, "in another order");
  assertThrows(make({ gradients: [gradients[0]] }), ShapeError, "one like p 1 [4] in its place");
  assertThrows(make({ momenta: otherMomenta }), ShapeError, "the momenta belong to other parameters");
  assertThrows(make({ nesterov: true }), RangeError, "a momentum above 0");
});
