// Runs with calls of the host: how they fail, wait, end early, and are told of.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { DeviceError } from "../../../engine/graph/errors.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { jit } from "../../../engine/jit/jit.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { running } from "../../../engine/ops/effects/running.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { called, type Host } from "../called.ts";
import { deviceOf, FAMILIES } from "../check.ts";

const twice: Host = (values) => values.map((value) => 2 * value);
const filled = (length: number, f: (i: number) => number) => Float32Array.from({ length }, (_, i) => f(i));

Deno.test("a run that failed leaves nothing mapped: the next can follow at once", async () => {
  using device = await Device.open({ family: "tile" });
  Object.defineProperty(device, "isSoftware", { value: false }); // copies come in while later ones are submitted
  let fails = true;
  const x = input("x", [4]);
  const first = called(x, (values) => {
    if (fails) throw new Error("a process is gone");
    return values;
  });
  const y = add(first, called(relu(x), (values) => values));
  using plan = await Plan.make(device, { outputs: { y } });
  const feeds = { x: filled(4, (i) => i) };
  await assertRejects(() => plan.runAsync(feeds), Error, "a process is gone");
  fails = false;
  await plan.runAsync(feeds);
  assertEquals(await plan.read("y"), filled(4, (i) => 2 * i));
});

Deno.test("a plan with calls does not run without waiting, and one run of it is under way at a time", async () => {
  const device = await deviceOf("tile");
  const go = Promise.withResolvers<void>();
  const x = input("x", [4]);
  using plan = await Plan.make(device, {
    outputs: { y: called(x, async (values) => (await go.promise, values)) },
  });
  const feeds = { x: filled(4, (i) => i) };
  assertThrows(
    () => plan.run(feeds),
    TypeError,
    "Cannot run the plan: it takes runAsync, for the host computes called#",
  );
  const run = plan.runAsync(feeds);
  await assertRejects(() => plan.runAsync(feeds), DeviceError, "a run of it is under way");
  go.resolve();
  await run;
  assertEquals(await plan.read("y"), feeds.x);
  await assertRejects(() => plan.runAsync({}), TypeError, "input x takes Float32Array of 4");
  using plain = await Plan.make(device, { outputs: { y: scale(x, 2) } });
  await plain.runAsync(feeds);
  assertEquals(await plain.read("y"), filled(4, (i) => 2 * i));
});

Deno.test("a failure of the host ends the run, makes no further call, and leaves the plan as it was", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    let fails = true;
    const calls: number[] = [];
    const never = new Promise<Float32Array>(() => {});
    const failing: Host = async (values) => {
      calls.push(0);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (fails) throw new Error("a process is gone");
      return values;
    };
    const waiting: Host = (values) => (calls.push(1), fails ? never : values);
    const [x, estimate] = [input("x", [8, 8]), parameter("estimate", [8, 8])];
    using store = new Parameters(device, [estimate], "estimate");
    const first = called(x, failing);
    const second = called(relu(x), waiting);
    // The second is waited for before the first, and never answers.
    const third = called(relu(add(second, x)), (values) => (calls.push(2), values));
    const y = add(third, first);
    using plan = await Plan.make(device, {
      outputs: { y },
      updates: [running(estimate, y, { momentum: 1 })],
      parameters: [store],
    });
    const feeds = { x: filled(64, (i) => i) };
    await assertRejects(() => plan.runAsync(feeds), Error, "a process is gone");
    assert(!calls.includes(2), `${calls}`);
    assertEquals((await store.read()).get(estimate), new Float32Array(64));
    fails = false;
    await plan.runAsync(feeds);
    assertEquals(await plan.read("y"), filled(64, (i) => 3 * i));
    assertEquals((await store.read()).get(estimate), filled(64, (i) => 3 * i));
  }
});

Deno.test("the host gives as many values as the tensor has", async () => {
  const device = await deviceOf("tile");
  const x = input("x", [4]);
  for (
    const [given, text] of [
      [(v: Float32Array) => v.slice(1), "current are 3 values: other processes run another graph"],
      [() => [1, 2, 3, 4] as unknown as Float32Array, "current are object"],
    ] as const
  ) {
    using plan = await Plan.make(device, { outputs: { y: called(x, given) } });
    await assertRejects(() => plan.runAsync({ x: new Float32Array(4) }), TypeError, text);
  }
  assertThrows(
    () => called(input("i", [4], "u32"), twice),
    TypeError,
    "whole numbers do not leave the device",
  );
});

Deno.test("a plan that is disposed of, or whose device is lost, while the host computes ends its run", async () => {
  const x = input("x", [4]);
  const feeds = { x: new Float32Array(4) };
  const wait = async (device: Device, meanwhile: (plan: Plan) => void) => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const host: Host = async (values) => {
      asked.resolve();
      await go.promise;
      return values;
    };
    using plan = await Plan.make(device, { outputs: { y: scale(called(x, host), 2) } });
    const run = plan.runAsync(feeds);
    run.catch(() => {});
    await asked.promise;
    meanwhile(plan);
    await new Promise((resolve) => setTimeout(resolve, 20)); // the loss is told
    go.resolve();
    await run;
  };
  using device = await Device.open({ family: "tile" });
  await assertRejects(
    () => wait(device, (plan) => plan[Symbol.dispose]()),
    DeviceError,
    "it was disposed of",
  );
  const early = await Plan.make(device, {
    outputs: {
      y: called(relu(x), (values) => (early[Symbol.dispose](), values)),
      z: called(scale(relu(relu(scale(x, 3))), 2), twice), // steps beside the first call
    },
  });
  await assertRejects(() => early.runAsync(feeds), DeviceError, "it was disposed of");
  await device.finish(); // no error is left on the device
  await assertRejects(() => wait(device, () => device.gpu.destroy()), DeviceError, "it was lost");
});

Deno.test("a jitted function waits for the host, call by call", async () => {
  const device = await deviceOf("lane");
  const seen: number[] = [];
  using twiceAndOne = jit((x: Tensor) =>
    add(
      called(x, async (values) => {
        seen.push(values[0]);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return twice(values);
      }),
      1,
    ), { device });
  // The second is called while the first is under way, and a third of another shape.
  const results = await Promise.all([
    twiceAndOne(Float32Array.of(1)),
    twiceAndOne(Float32Array.of(2)).then((result) => result.data()),
    twiceAndOne(Float32Array.of(3, 4)).then((result) => result.data()),
  ]);
  assertEquals(results.slice(1), [Float32Array.of(5), Float32Array.of(7, 9)]);
  assertEquals(seen, [1, 2, 3]);
  assertThrows(() => results[0].data(), DeviceError, "which was overwritten");
  const prepared = await twiceAndOne.prepare(Float32Array.of(5));
  assertThrows(() => prepared.run(), TypeError, "it takes runAsync");
  assertEquals(await (await prepared.runAsync()).data(), Float32Array.of(11));
  assertEquals(await (await twiceAndOne(Float32Array.of(6))).data(), Float32Array.of(13));
});

Deno.test("a description tells of the host, and each step is timed with its calls made", async () => {
  const device = await deviceOf("lane");
  const x = input("x", [64, 64]);
  let calls = 0;
  const y = relu(called(relu(x), (values) => (calls++, values)));
  using plan = await Plan.make(device, { outputs: { y } });
  assert(
    /^2 dispatches a run and 0 once, 1 and 0 native copies, 1 call of the host a run, /.test(plan.describe()),
    plan.describe(),
  );
  assert(plan.describe().includes("to_host (native)"));
  if (!device.hasTimer) return;
  const values = filled(4096, (i) => i - 5);
  const times = await plan.profile({ x: values });
  assertEquals([times.length, calls], [plan.steps.length, 2]);
  assertEquals(await plan.read("y"), values.map((value) => Math.max(0, value)));
});
