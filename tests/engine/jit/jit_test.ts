// Functions of tensors as functions of values: planned at the first call of each shape, and kept.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  add,
  crossEntropy,
  type Device,
  DeviceError,
  grad,
  input,
  jit,
  linear,
  matmul,
  MemoryError,
  mul,
  normalize,
  parameter,
  ParameterLayout,
  Parameters,
  Plan,
  relu,
  scale,
  sgd,
  shaped,
  ShapeError,
  sum,
  type Tensor,
  tensor,
} from "../../../engine/mod.ts";
import { deviceOf, FAMILIES } from "../check.ts";

const f32 = (...values: number[]) => Float32Array.from(values);

/** A linear classifier of three features, and what a step of it takes. */
function classifierOn(device: Device) {
  const [weight, bias] = [parameter("weight", [4, 3]), parameter("bias", [4])];
  const parameters = new Parameters(device, [weight, bias], "weights");
  const optimizer = sgd(parameters, { momentum: 0.9 });
  parameters.write(weight, Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)));
  const update = (x: Tensor, labels: Tensor, lr: Tensor) => {
    const loss = crossEntropy(linear(x, weight, bias), labels);
    const gradients = grad(loss, parameters.tensors);
    return { loss, updates: [optimizer.step(gradients, lr)] };
  };
  return { parameters, momenta: optimizer.state, update };
}

const batchOf = (count: number) => ({
  x: Float32Array.from({ length: 3 * count }, (_, i) => Math.cos(3 * i)),
  labels: Uint32Array.from({ length: count }, (_, i) => i % 4),
});

Deno.test("a function is planned at the first call of each shape, and one using frees all plans", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const before = device.memory.used;
    let traced = 0;
    {
      using step = jit((x: Tensor, y: Tensor) => {
        traced++;
        return add(scale(x, 2), y);
      }, { device });
      const first = await step(f32(1, 2, 3), 10);
      assertEquals(await first.data(), f32(12, 14, 16));
      const held = device.memory.used;
      assertEquals(await (await step(f32(4, 5, 6), 0.5)).data(), f32(8.5, 10.5, 12.5));
      assertEquals([traced, device.memory.used], [1, held]);
      const wide = await step(shaped(f32(1, 2, 3, 4), [2, 2]), shaped(f32(1, 1), [2, 1]));
      assertEquals([wide.shape, await wide.data()], [[2, 2], f32(3, 5, 7, 9)]);
      assertEquals([traced, step.knows(f32(0, 0, 0), 1), step.knows(f32(0, 0), 1)], [2, true, false]);
      assert(device.memory.used > held);
    }
    assertEquals(device.memory.used, before);
  }
});

Deno.test("a step finds its stores in the graph, and trains to the bits of a plan made by hand", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const [own, other] = [classifierOn(device), classifierOn(device)];
    using step = jit(own.update);
    const plans = new Map<number, Plan>();
    for (const count of [8, 5, 8]) {
      const { x, labels } = batchOf(count);
      const { loss } = await step(shaped(x, [count, 3]), labels, 0.1);
      let plan = plans.get(count);
      if (!plan) {
        const inputs = [input("x", [count, 3]), input("labels", [count], "u32"), input("lr", [])] as const;
        const { loss, updates } = other.update(...inputs);
        const parameters = [other.parameters, other.momenta];
        plans.set(count, plan = await Plan.make(device, { outputs: { loss }, updates, parameters }));
      }
      plan.run({ x, labels, lr: f32(0.1) });
      assertEquals(await loss.data(), await plan.read("loss"));
    }
    for (const store of ["parameters", "momenta"] as const) {
      assertEquals([...(await own[store].read()).values()], [...(await other[store].read()).values()]);
    }
    for (const plan of plans.values()) plan[Symbol.dispose]();
    for (const { parameters, momenta } of [own, other]) {
      for (const store of [parameters, momenta]) store[Symbol.dispose]();
    }
  }
});

Deno.test("images of bytes, records, lists, and tensors of known values are given as they are", async () => {
  const device = await deviceOf("lane");
  using step = jit((batch: { images: Tensor; factor: Tensor }, [a, b]: readonly Tensor[]) => {
    const bright = normalize(batch.images, { mean: [0, 0], std: [1 / 255, 1 / 255] });
    return [mul(bright, batch.factor), matmul(a, b)];
  }, { device });
  const images = shaped(Uint8Array.of(1, 2, 3, 4), [1, 2, 1, 2]);
  const [bright, product] = await step({ images, factor: 10 }, [tensor([[1, 2]]), tensor([[3], [4]])]);
  assertEquals(await bright.data(), f32(10, 20, 30, 40));
  assertEquals([product.shape, await product.data()], [[1, 1], f32(11)]);
});

Deno.test("a graph without parameters runs on the machine's device; an argument may be of no use", async () => {
  using total = jit((x: Tensor, _unused: Tensor) => sum(x));
  assertEquals(await (await total(f32(1, 2, 4), 0)).data(), f32(7));
  assertThrows(() => total.measure(f32(1), 0), TypeError, "give jit the option device");
});

Deno.test("a result is there until the next call of its shape, and what was asked for before is this call's", async () => {
  using double = jit((x: Tensor) => scale(x, 2), { device: await deviceOf("tile") });
  const first = await double(f32(1, 2));
  const asked = first.data();
  await double(f32(1, 2, 3)); // another plan
  const second = await double(f32(5, 6));
  assertEquals([await asked, await second.data()], [f32(2, 4), f32(10, 12)]);
  assertThrows(() => first.data(), DeviceError, "current is that of an earlier one, which was overwritten");
  double.release();
  await assertRejects(() => second.data(), DeviceError, "the plan was disposed of");
  assertEquals(await (await double(f32(7, 8))).data(), f32(14, 16));
});

Deno.test("calls that nobody awaits happen in their order", async () => {
  const device = await deviceOf("lane");
  const { parameters, momenta, update } = classifierOn(device);
  using _stores = { [Symbol.dispose]: () => [parameters, momenta].forEach((s) => s[Symbol.dispose]()) };
  const start = await parameters.read();
  const counts = [6, 2, 6, 3, 2];
  const runs = async (awaited: boolean) => {
    for (const [tensor, values] of start) parameters.write(tensor, values);
    for (const tensor of momenta.tensors) momenta.write(tensor, new Float32Array(tensor.size));
    using step = jit(update);
    const calls = [];
    for (const count of counts) {
      const { x, labels } = batchOf(count);
      const call = step(shaped(x, [count, 3]), labels, 0.3);
      if (awaited) await call;
      calls.push(call);
    }
    await Promise.all(calls);
    return [...(await parameters.read()).values()];
  };
  assertEquals(await runs(false), await runs(true));
});

Deno.test("what a call takes is measured to the byte, and other shapes make room for it", async () => {
  const device = await deviceOf("lane");
  const { memory } = device;
  using layer = jit((x: Tensor) => relu(matmul(x, x)), { device });
  const side = (n: number) => ({ shape: [n, n], dtype: "f32" } as const);
  const before = memory.used;
  const { bytes } = layer.measure(side(96));
  assertEquals([memory.used, layer.measure(input("x", [96, 96])).bytes], [before, bytes]);
  const filled = (n: number) => shaped(new Float32Array(n * n), [n, n]);
  await layer(filled(96));
  assertEquals(memory.used - before, bytes);
  const others = memory.left - Math.floor(bytes / 2);
  memory.take("others", others);
  try {
    await layer(filled(95)); // in place of the other
    assertEquals([layer.knows(side(96)), layer.knows(side(95))], [false, true]);
    await assertRejects(() => layer(filled(400)), MemoryError);
  } finally {
    memory.give("others", others);
  }
});

Deno.test("calls that do not fit are refused with the reason", async () => {
  const device = await deviceOf("tile");
  using layer = jit((x: Tensor, y: Tensor) => matmul(x, y), { device });
  const x = shaped(f32(1, 2), [1, 2]);
  const call = layer as unknown as (...args: unknown[]) => Promise<unknown>;
  const refuses = (args: unknown[], error: typeof TypeError | typeof ShapeError, text: string) =>
    assertRejects(() => call(...args), error, text);
  await refuses([x], TypeError, "it takes 2 arguments, current are 1");
  await refuses([x, x, x], TypeError, "it takes 2 arguments, current are 3");
  await refuses([x, "y"], TypeError, "argument 2 takes a number, a Float32Array");
  await refuses([x, new Map()], TypeError, "current is Map");
  await refuses([x, input("y", [2, 1])], TypeError, "takes values that the host has, current is input#");
  await refuses([x, { shape: [2, 1], dtype: "f32" }], TypeError, "argument 2 takes values that the host has");
  await refuses([x, 3], ShapeError, "matmul");
  await refuses([x, shaped(f32(1, 2, 3), [3, 1])], ShapeError, "matmul");
  assertThrows(() => shaped(f32(1, 2), [3]), TypeError, "[3] takes 3, current are 2");
  const own = await layer(x, shaped(f32(3, 4), [2, 1]));
  await refuses([x, own], TypeError, "argument 2 takes values that the host has, current is Result");
  layer[Symbol.dispose]();
  await assertRejects(() => layer(x, x), DeviceError, "it was disposed of");

  const returns = jit((x: Tensor) => ({ x, more: 3 as unknown as Tensor }), { device });
  await assertRejects(() => returns(1), TypeError, "current returns number under more");
});

Deno.test("a parameter without a store is refused, and so is one of two until the store is named", async () => {
  const device = await deviceOf("lane");
  const weight = parameter("weight", [2]);
  using twice = jit(() => scale(weight, 2), { device });
  await assertRejects(() => twice(), TypeError, "it takes one store that holds weight, current are none");
  using first = new Parameters(device, [weight], "first");
  first.write(weight, f32(1, 2));
  {
    using second = new Parameters(device, [weight], "second");
    second.write(weight, f32(3, 4));
    await assertRejects(() => twice(), TypeError, "current are 2 (first, second): name the one to take");
    using named = jit(() => scale(weight, 2), { parameters: [second] });
    assertEquals(await (await named()).data(), f32(6, 8));
    using elsewhere = new Parameters(await deviceOf("tile"), [weight], "elsewhere");
    using there = jit(() => scale(weight, 2), { device: elsewhere.device });
    assertEquals(await (await there()).data(), f32(0, 0));
  }
  // The others are gone with their memory.
  assertEquals(await (await twice()).data(), f32(2, 4));
});

Deno.test("over the layout of a store a function is measured as over the store, and not run", async () => {
  const device = await deviceOf("lane");
  const weight = parameter("weight", [8, 8]);
  const trace = (x: Tensor) => matmul(x, weight);
  const x = shaped(new Float32Array(16), [2, 8]);
  const layout = new ParameterLayout([weight], "layout");
  using measured = jit(trace, { device, parameters: [layout] });
  const before = device.memory.used;
  const size = measured.measure(x);
  await assertRejects(() => measured(x), TypeError, "current layout is a layout, without memory");
  assertEquals(device.memory.used, before);
  using store = new Parameters(device, [weight], "store");
  using layer = jit(trace, { parameters: [store] });
  assertEquals(layer.measure(x), size);
});
