import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DeviceError } from "../../../engine/graph/errors.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { channelMoments } from "../../../engine/ops/norm/channel_moments.ts";
import { matmul } from "../../../engine/ops/matmul/matmul.ts";
import { normalize } from "../../../engine/ops/norm/normalize.ts";
import { pack } from "../../../engine/ops/shape/pack.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { reshape } from "../../../engine/ops/shape/reshape.ts";
import { running } from "../../../engine/ops/effects/running.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { constant, input, parameter } from "../../../engine/graph/source.ts";
import { stopGradient } from "../../../engine/ops/shape/stop_gradient.ts";
import { sum } from "../../../engine/ops/reduce/sum.ts";
import { transpose } from "../../../engine/ops/shape/transpose.ts";
import { globalNorm } from "../../../engine/optim/global_norm.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { type Feeds, Plan, type PlanSpec } from "../../../engine/plan/plan.ts";
import { timesOf } from "../../../engine/plan/profile.ts";
import type { PlanStep } from "../../../engine/device/steps/step.ts";
import { deviceOf, FAMILIES } from "../check.ts";

const filled = (length: number, value: number) => new Float32Array(length).fill(value);

Deno.test("a run takes every input, of its type and length", async () => {
  const images = input("images", [2, 3, 3, 1], "u8");
  const y = add(normalize(images, { mean: [0], std: [1] }), input("x", [2, 3, 3, 1]));
  using plan = await Plan.make(await deviceOf("tile"), { outputs: { y } });
  const good: Feeds = { images: new Uint8Array(18), x: new Float32Array(18) };
  const refuses = (feeds: Feeds, text: string) => assertThrows(() => plan.run(feeds), TypeError, text);
  refuses(
    { images: good.images },
    "Cannot run the plan: input x takes Float32Array of 18 [2, 3, 3, 1], current is nothing",
  );
  refuses(
    { ...good, x: filled(17, 0) },
    "input x takes Float32Array of 18 [2, 3, 3, 1], current is Float32Array of 17",
  );
  refuses({ ...good, images: filled(18, 0) }, "input images takes Uint8Array of 18");
  refuses({ ...good, labels: filled(1, 0) }, "it takes images, x, current are labels");
  plan.run(good);
  assertEquals(await plan.read("y"), new Float32Array(18));
  assertThrows(() => plan.copyOutput("z", null!, 0, 4), TypeError, "Cannot read z: the plan's outputs are y");
  await assertRejects(() => plan.read("z"), TypeError, "the plan's outputs are y");
});

Deno.test("a plan without inputs says so", async () => {
  using plan = await Plan.make(await deviceOf("tile"), { outputs: { y: scale(constant([1], [1]), 2) } });
  assertThrows(() => plan.run({ x: filled(1, 0) }), TypeError, "it takes no inputs, current are x");
});

Deno.test("graphs that cannot be planned are refused with the reason", async () => {
  const device = await deviceOf("lane");
  const before = device.memory.used;
  const x = input("x", [4]);
  const estimate = parameter("estimate", [4]);
  using store = new Parameters(device, [estimate], "statistics");
  const update = running(estimate, x, { momentum: 0.1 });
  const refuses = (spec: PlanSpec, text: string) =>
    assertRejects(() => Plan.make(device, spec), TypeError, text);
  await refuses({ outputs: { y: add(x, input("x", [4])) } }, "inputs of different names");
  await refuses({ outputs: { y: scale(estimate, 2) } }, "none of the given stores holds estimate");
  await refuses({ updates: [scale(x, 2)] }, "it takes updates that write a parameter");
  await refuses({ updates: [running(x, x, { momentum: 0.1 })] }, ", which writes input#");
  const parameters = [store];
  await refuses({ outputs: { update }, parameters }, "name it among the updates");
  await refuses(
    { outputs: { y: scale(update, 2) }, updates: [update], parameters },
    "compute nothing from it",
  );
  using twin = new Parameters(device, [estimate], "twin");
  await refuses(
    { outputs: { estimate }, parameters: [store, twin] },
    "two of the given stores hold estimate",
  );
  assertEquals(device.memory.used, before + 512);
});

Deno.test("sources can be outputs themselves", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const [x, p, c] = [input("x", [2, 3]), parameter("p", [2, 3]), constant([1, 2, 3, 4, 5, 6], [2, 3])];
    using store = new Parameters(device, [p], "p");
    store.write(p, filled(6, 7));
    using plan = await Plan.make(device, { outputs: { x, p, c, again: x }, parameters: [store] });
    plan.run({ x: filled(6, 5) });
    for (const [name, first] of Object.entries({ x: 5, p: 7, c: 1, again: 5 })) {
      const values = await plan.read(name);
      assertEquals([values.length, values[0]], [6, first]);
    }
  }
});

Deno.test("constants of any width are where their kernels want them", async () => {
  for (const family of FAMILIES) {
    const [a, b] = [
      constant([1, 2, 3, 4, 5, 6], [2, 3]),
      constant([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [3, 5]),
    ];
    using plan = await Plan.make(await deviceOf(family), {
      outputs: { a, y: matmul(relu(a), b), z: matmul(a, b) },
    });
    plan.run();
    const product = Float32Array.of(46, 52, 58, 64, 70, 100, 115, 130, 145, 160);
    assertEquals(await plan.read("y"), product);
    assertEquals(await plan.read("z"), product);
    assertEquals(await plan.read("a"), Float32Array.of(1, 2, 3, 4, 5, 6));
  }
});

Deno.test("what depends on parameters alone is computed again when they change, and only then", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const [a, b] = [parameter("a", [8, 8]), parameter("b", [8, 8])];
    using store = new Parameters(device, [a, b], "weights");
    const x = input("x", [8, 8]);
    const kept = scale(matmul(a, b), 2);
    using plan = await Plan.make(device, { outputs: { y: add(x, kept) }, parameters: [store] });
    assert(plan.once.some(({ node }) => node.op.name === "matmul"));
    assertEquals(plan.steps.map(({ node }) => node.op.name), ["add"]);
    const y = async () => {
      plan.run({ x: filled(64, 1) });
      return (await plan.read("y"))[0];
    };
    store.write(a, filled(64, 1));
    store.write(b, filled(64, 1));
    assertEquals([await y(), await y()], [17, 17]);
    store.write(a, filled(64, 3));
    assertEquals([await y(), await y()], [49, 49]);

    // Another plan's update changes them as well.
    const updates = [running(b, constant(filled(64, 2), [8, 8]), { momentum: 1 })];
    using other = await Plan.make(device, { updates, parameters: [store] });
    other.run();
    assertEquals(await y(), 97);
  }
});

Deno.test("what is computed once may need scratch memory", async () => {
  for (const family of FAMILIES) {
    const long = constant(Float32Array.from({ length: 30_000 }, (_, i) => i % 3), [10_000, 3]);
    const outputs = { total: sum(long), moments: channelMoments(long) };
    using plan = await Plan.make(await deviceOf(family), { outputs });
    assertEquals(plan.steps.length, 0);
    plan.run();
    assertEquals((await plan.read("total"))[0], 30_000);
    assertEquals((await plan.read("moments")).map(Math.round), Float32Array.of(0, 1, 2, 0, 0, 0));
  }
});

Deno.test("updates come last: everything else sees the values before the step", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const p = parameter("p", [4]);
    using store = new Parameters(device, [p], "p");
    const x = input("x", [4]);
    const update = running(p, x, { momentum: 1 });
    const spec = { outputs: { before: scale(p, 10) }, updates: [update], parameters: [store] };
    using plan = await Plan.make(device, spec);
    const seen: number[] = [];
    for (const value of [1, 2, 3]) {
      plan.run({ x: filled(4, value) });
      seen.push((await plan.read("before"))[0]);
    }
    assertEquals(seen, [0, 10, 20]);
    assertEquals((await store.read()).get(p), filled(4, 3));
  }
});

Deno.test("a parameter that the plan writes is read as it was before the step", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const p = parameter("p", [2, 3]);
    using store = new Parameters(device, [p], "p");
    const updates = [running(p, input("x", [2, 3]), { momentum: 1 })];
    using plan = await Plan.make(device, { outputs: { p }, updates, parameters: [store] });
    plan.run({ x: filled(6, 5) });
    assertEquals(await plan.read("p"), filled(6, 0));
    assertEquals((await store.read()).get(p), filled(6, 5));
  }
});

Deno.test("an update that reads from the store it writes is refused, and does not end the device", async () => {
  const device = await deviceOf("tile");
  const [a, b] = [parameter("a", [4]), parameter("b", [4])];
  using store = new Parameters(device, [a, b], "both");
  for (const from of [a, b, stopGradient(b), reshape(b, [2, 2])]) {
    const updates = [running(a, from, { momentum: 1 })];
    await assertRejects(
      () => Plan.make(device, { updates, parameters: [store] }),
      TypeError,
      `${from === a ? "a" : "b"} and a are in one store: a dispatch cannot read and write one buffer`,
    );
  }
  const updates = [running(a, scale(b, 2), { momentum: 1 })];
  store.write(b, filled(4, 3));
  using plan = await Plan.make(device, { updates, parameters: [store] });
  plan.run();
  assertEquals((await store.read()).get(a), filled(4, 6));
});

Deno.test("a profile has a time for each step", async () => {
  const device = await deviceOf("lane");
  const x = input("x", [64, 64]);
  using plan = await Plan.make(device, { outputs: { y: scale(matmul(x, x), 2) } });
  const feeds = { x: filled(64 * 64, 1) };
  if (!device.gpu.features.has("timestamp-query")) {
    await assertRejects(() => plan.profile(feeds), DeviceError, "it has no timestamp-query");
    return;
  }
  const times = await plan.profile(feeds);
  assertEquals(times.length, plan.steps.length);
  assert(times.every((ms) => ms >= 0 && ms < 10_000), String(times));
  assert(plan.steps.every(({ bytes }) => bytes >= 64 * 64 * 4));
  // More than one query set holds; and none at all.
  const [step] = plan.steps;
  assertEquals((await timesOf(device, Array<PlanStep>(2500).fill(step))).length, 2500);
  assertEquals(await timesOf(device, []), []);
});

Deno.test("the gaps of packed gradients stay zero where their memory was used before", async () => {
  for (const family of FAMILIES) {
    const [x, w] = [input("x", [6, 5]), input("w", [3, 5])];
    const before = sum(relu(scale(x, 2))); // leaves 18s in memory that w's multiples take next
    const packed = pack([add(transpose(scale(transpose(scale(w, 2)), 3)), w)]);
    const outputs = { before, packed, norm: globalNorm(packed) };
    using plan = await Plan.make(await deviceOf(family), { outputs });
    plan.run({ x: filled(30, 9), w: filled(15, 1) });
    assertEquals(await plan.read("packed"), Float32Array.from([...filled(15, 7), ...filled(49, 0)]));
    assertEquals(await plan.read("norm"), Float32Array.of(Math.sqrt(15 * 49)));
  }
});
