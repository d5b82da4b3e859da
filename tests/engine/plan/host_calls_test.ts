// Calls of the host amid a run: when they come, what goes on meanwhile, and what is left when one fails.

import { assert, assertEquals } from "@std/assert";
import { Parameters } from "../../../engine/device/parameters.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { constant, input, parameter } from "../../../engine/graph/source.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { running } from "../../../engine/ops/effects/running.ts";
import { batchNormTraining } from "../../../engine/ops/norm/batch_norm_training.ts";
import { matmul } from "../../../engine/ops/matmul/matmul.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { called, type Host } from "../called.ts";
import { assertClose } from "../close.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { ofHalf } from "../../half.ts";

const twice: Host = (values) => values.map((value) => 2 * value);
const filled = (length: number, f: (i: number) => number) => Float32Array.from({ length }, (_, i) => f(i));

Deno.test("the host computes a tensor from another one amid a run, as often as the plan runs", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    for (const shape of [[], [3], [5, 7], [2, 3, 3, 4]]) {
      const x = input("x", shape);
      const y = add(relu(called(relu(x), twice)), x);
      using plan = await Plan.make(device, { outputs: { y } });
      for (const sign of [1, -1]) {
        const values = filled(x.size, (i) => sign * (i - 1));
        await plan.runAsync({ x: values });
        assertEquals(
          await plan.read("y"),
          values.map((value) => 2 * Math.max(0, value) + value),
          `[${shape}]`,
        );
      }
    }
  }
});

Deno.test("sources, kept results and other results of the host can go to the host, and its results be read", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const [p, q] = [parameter("p", [6]), parameter("q", [6])];
    using store = new Parameters(device, [p], "p");
    using other = new Parameters(device, [q], "q");
    store.write(p, filled(6, (i) => i));
    let calls = 0;
    const counted: Host = (values) => (calls++, values.map((value) => value + calls));
    const outputs = {
      c: called(constant([1, 2, 3], [3]), counted),
      kept: called(scale(p, 3), twice), // computed once, and sent in every run
      again: called(called(p, twice), twice),
    };
    const updates = [running(q, called(q, (values) => values.map((value) => value + 1)), { momentum: 1 })];
    using plan = await Plan.make(device, { outputs, updates, parameters: [store, other] });
    for (const run of [1, 2]) {
      await plan.runAsync();
      assertEquals(await plan.read("c"), Float32Array.of(1 + run, 2 + run, 3 + run));
      assertEquals(await plan.read("kept"), filled(6, (i) => 6 * i));
      assertEquals(await plan.read("again"), filled(6, (i) => 4 * i));
      assertEquals((await other.read()).get(q), filled(6, () => run));
    }
    assertEquals(plan.once.length, 1);
  }
});

Deno.test("memory is another tensor's before the host's result is there, and behind its last use", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const x = input("x", [50, 30]);
    const w = input("w", [30, 30]);
    // A chain on each side of calls whose results are read late, over memory that the chain uses again and again.
    let chain = x;
    const results: Tensor[] = [];
    for (let i = 0; i < 6; i++) {
      chain = relu(matmul(chain, w));
      results.push(called(chain, twice));
    }
    const y = results.reduce((sum, result) => add(sum, scale(result, 0.5)), chain);
    const feeds = { x: filled(1500, (i) => Math.sin(i)), w: filled(900, (i) => Math.cos(i) / 5) };
    const spec = { outputs: { y } };
    const before = device.memory.used;
    using plan = await Plan.make(device, spec);
    assertEquals(device.memory.used - before, Plan.measure(device, spec).bytes);
    assertEquals(plan.bytes, Plan.measure(device, spec).bytes);
    await plan.runAsync(feeds);
    const same = replaced(x, w);
    const [expected] = interpret([same], new Map([[x, feeds.x], [w, feeds.w]]));
    assertClose(`y, ${family}`, await plan.read("y"), expected);
  }

  function replaced(x: Tensor, w: Tensor): Tensor {
    let chain = x;
    const results: Tensor[] = [];
    for (let i = 0; i < 6; i++) results.push(chain = relu(matmul(chain, w)));
    return results.reduce((sum, result) => add(sum, result), chain);
  }
});

Deno.test("the host is called in the order of depth, one before the other has answered, and steps go on beside", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const events: string[] = [];
    const answers = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const asked = (n: number): Host => async (values) => {
      events.push(`call ${n}`);
      // The first is answered last: nothing but the first consumer waits for it.
      if (n === 2) { for (const { resolve } of answers.toReversed()) resolve(); }
      await answers[n].promise;
      events.push(`answer ${n}`);
      return values;
    };
    const [x, w] = [input("x", [32, 32]), input("w", [32, 32])];
    const layers = [x];
    for (let i = 0; i < 3; i++) layers.push(relu(matmul(layers[i], w)));
    // Named from the last on: outputs do not decide.
    const outputs = {
      third: scale(called(layers[3], asked(2)), 2),
      first: scale(called(layers[1], asked(0)), 2),
      second: scale(called(layers[2], asked(1)), 2),
    };
    using plan = await Plan.make(device, { outputs });
    const inParts = device.queue.inParts.bind(device.queue);
    device.queue.inParts = function* (label, steps, record) {
      events.push(`submit ${steps.length}`);
      yield* inParts(label, steps, record);
    };
    try {
      await plan.runAsync({ x: filled(1024, (i) => Math.sin(i)), w: filled(1024, (i) => Math.cos(i)) });
    } finally {
      device.queue.inParts = inParts;
    }
    const at = (event: string) => events.findIndex((other) => other.startsWith(event));
    assert(at("call 0") < at("call 1") && at("call 1") < at("call 2"), `${events}`);
    assert(at("call 2") < at("answer 0"), `${events}`);
    // The copies for the host are the ends of the first three submits; what reads results is submitted behind all.
    const names = plan.steps.map(({ node }) => node.op.name);
    assertEquals(names.filter((name) => name === "to_host").length, 3);
    const last = names.lastIndexOf("to_host");
    assert(names.slice(last + 1).every((name) => name === "scale"), `${names}`);
    // A software adapter computes the second layer while the host is called for the first, before the third is submitted.
    if (device.isSoftware) {
      const submits = events.flatMap((event, i) => /^submit [^0]/.test(event) ? [i] : []);
      assert(submits[1] < at("call 0") && at("call 0") < submits[2], `${events}`);
    }
  }
});

Deno.test("steps that need no answer come before the first that does, but not those of parameters alone", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const [x, p] = [input("x", [8, 8]), parameter("p", [8, 8])];
    using store = new Parameters(device, [p], "p");
    let beside = scale(x, 2);
    for (let i = 0; i < 4; i++) beside = relu(matmul(beside, x));
    const answer = called(scale(x, 3), twice);
    const update = running(p, scale(answer, 0.5), { momentum: 0.5 });
    const outputs = { first: matmul(answer, scale(p, 0.5)), beside };
    using plan = await Plan.make(device, { outputs, updates: [update], parameters: [store] });
    const [{ sent, needed }] = plan.calls;
    const names = plan.steps.slice(sent, needed).map(({ node }) => node.op.name);
    assertEquals(names.filter((name) => name === "matmul").length, 4);
    const scaled = plan.steps.findIndex(({ node }) => node.op.name === "scale" && node.inputs[0] === p);
    assert(scaled >= needed, `${plan.steps.map(({ node }) => node.describe())}`);
    await plan.runAsync({ x: filled(64, (i) => Math.sin(i)) });
  }
});

Deno.test("moments go to the host before a residual is there that the norm is fused with", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const x = input("x", [40, 8]);
    const [gamma, beta] = [input("gamma", [8]), input("beta", [8])];
    const { y, moments } = batchNormTraining(x, { gamma, beta });
    const seen: string[] = [];
    const told = called(moments, (values) => (seen.push("moments"), values));
    const residual = called(relu(relu(scale(x, 2))), (values) => (seen.push("residual"), values));
    using plan = await Plan.make(device, { outputs: { y: add(y, residual), told } });
    const feeds = { x: filled(320, (i) => Math.sin(i)), gamma: filled(8, () => 1), beta: filled(8, () => 0) };
    await plan.runAsync(feeds);
    assertEquals(seen, ["moments", "residual"]);
    const given = new Map([[x, feeds.x], [gamma, feeds.gamma], [beta, feeds.beta]]);
    const [expected, sum] = interpret([moments, add(y, relu(scale(x, 2)))], given);
    assertClose(`moments, ${family}`, await plan.read("told"), expected);
    assertClose(`sum, ${family}`, await plan.read("y"), sum);
  }
});

Deno.test({
  ...ofHalf("values cross to the host in f32 where a plan stores f16"),
  fn: async () => {
    for (const family of FAMILIES) {
      const device = await deviceOf(family);
      const [x, w] = [input("x", [16, 16]), input("w", [16, 16])];
      const seen: Float32Array[] = [];
      const y = relu(called(matmul(x, w), (values) => (seen.push(values.slice()), values)));
      using plan = await Plan.make(device, { outputs: { y }, precision: "f16" });
      const feeds = { x: filled(256, (i) => Math.sin(i)), w: filled(256, (i) => Math.cos(i)) };
      await plan.runAsync(feeds);
      const [expected] = interpret([matmul(x, w)], new Map([[x, feeds.x], [w, feeds.w]]));
      assertClose("to the host", seen[0], expected, { relative: 2e-3 }); // operands may be in f16
      assert(seen[0].some((value) => value !== Math.f16round(value)), "in f16 after all");
    }
  },
});
