// Where a tensor lies alike in two places, plans move it by the copies of WebGPU instead of a kernel.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { apply, type Op, type Tensor } from "../../../engine/graph/node.ts";
import { conv2d } from "../../../engine/ops/conv/conv2d.ts";
import { copy } from "../../../engine/ops/arithmetic/copy.ts";
import { pack } from "../../../engine/ops/shape/pack.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { reshape } from "../../../engine/ops/shape/reshape.ts";
import { row } from "../../../engine/ops/shape/row.ts";
import { running } from "../../../engine/ops/effects/running.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { flatLayout } from "../../../engine/graph/parameter_layout.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { type Feeds, Plan, type PlanStep } from "../../../engine/plan/plan.ts";
import { recordSteps } from "../../../engine/device/steps/step.ts";
import type { Shape } from "../../../engine/kernel/shape.ts";
import { ofHalf } from "../../half.ts";
import { valuesOf } from "../examples.ts";
import { deviceOf, FAMILIES } from "../families.ts";
import { inTexture } from "../in_texture.ts";

/** Shapes, and whether a copy between a buffer and a texture moves them in f32. */
const SHAPES: [Shape, boolean, string][] = [
  [[3, 64], true, "rows of 256 bytes"],
  [[5, 192], true, "rows of 768 bytes"],
  [[2, 3, 16, 4], true, "images with rows of 256 bytes"],
  [[2, 3, 1, 64], true, "images one pixel wide"],
  [[1, 4], true, "one vector"],
  [[1, 60], true, "one row, not of 256 bytes"],
  [[1, 1, 5, 12], true, "an image one pixel high, not of 256 bytes"],
  [[2, 60], false, "rows of 240 bytes"],
  [[2, 68], false, "rows of 272 bytes"],
  [[2, 3, 5, 8], false, "images with rows of 160 bytes"],
  [[3, 63], false, "odd channels, rows of 256 bytes in a texture"],
  [[1, 62], false, "odd channels, one row"],
  [[2, 16, 3], false, "an image of three channels"],
];

/** A number of its own for each place, and none of them zero. */
const numbered = ({ size }: Tensor, first = 1) => Float32Array.from({ length: size }, (_, i) => first + i);

/** Names of the steps that only move values. */
const moves = (steps: readonly PlanStep[]) =>
  steps.flatMap(({ node, label }) => node.op.name === "copy" ? [label] : []);

const called = (native: boolean) => [native ? "copy (native)" : "copy"];

/** The same as the copy that plans put in, always by a kernel. */
const kernelCopyOp: Op<null> = { ...copy(input("x", [])).op as Op<null>, name: "kernel_copy", moves: false };

for (const [shape, native, what] of SHAPES) {
  const way = native ? "a native copy" : "a kernel";
  Deno.test(`from a store to a texture by ${way}: ${what} [${shape}]`, async () => {
    const device = await deviceOf("lane");
    const own = [parameter("before", [3]), parameter("p", shape), parameter("after", [70])];
    using store = new Parameters(device, own, "store");
    own.forEach((tensor, i) => store.write(tensor, numbered(tensor, 10_000 * i + 1)));
    using plan = await Plan.make(device, { outputs: { y: inTexture(own[1]) }, parameters: [store] });
    assertEquals(moves(plan.once), called(native));
    plan.run();
    assertEquals(await plan.read("y"), numbered(own[1], 10_001));
  });

  Deno.test(`from a texture into a part of a buffer by ${way}: ${what} [${shape}]`, async () => {
    const device = await deviceOf("lane");
    const [x, before, after] = [input("x", shape), input("before", [3]), input("after", [70])];
    const parts = [scale(before, 2), copy(inTexture(scale(x, 2))), scale(after, 2)];
    using plan = await Plan.make(device, { outputs: { packed: pack(parts) } });
    assertEquals(moves(plan.steps), called(native));
    const { offsets, words } = flatLayout(parts);
    // The second run finds the numbers of the first in its memory.
    for (const first of [1000, 1]) {
      const values = [numbered(before, first + 1e6), numbered(x, first), numbered(after, first + 2e6)];
      plan.run({ before: values[0], x: values[1], after: values[2] });
      const expected = new Float32Array(words);
      values.forEach((part, i) => expected.set(part.map((value) => 2 * value), offsets[i]));
      assertEquals(await plan.read("packed"), expected);
    }
  });
}

for (const family of FAMILIES) {
  for (const [shape, native] of [[[2, 6], true], [[4], true], [[3, 3], false], [[], false]] as const) {
    const way = native ? "a native copy" : "a kernel";
    Deno.test(`between buffers by ${way}: [${shape}], ${family}`, async () => {
      const device = await deviceOf(family);
      const own = [parameter("before", [65]), parameter("p", shape), parameter("after", [3])];
      using store = new Parameters(device, own, "store");
      const x = input("x", shape);
      // What the host reads of a parameter that the plan writes, and a slice of a parameter.
      const updates = [running(own[1], x, { momentum: 1 })];
      const outputs = { p: own[1], packed: pack([own[0], own[1], own[2]]) };
      using plan = await Plan.make(device, { outputs, updates, parameters: [store] });
      const labels = moves(plan.steps);
      assertEquals(labels.includes("copy (native)"), native, String(labels));
      own.forEach((tensor, i) => store.write(tensor, numbered(tensor, 1 + 1000 * i)));
      plan.run({ x: numbered(x, 5000) });
      const expected = new Float32Array(256);
      [0, 128, 192].forEach((at, i) => expected.set(numbered(own[i], 1 + 1000 * i), at));
      assertEquals(await plan.read("p"), numbered(x, 1001));
      assertEquals(await plan.read("packed"), expected);
      assertEquals((await store.read()).get(own[1]), numbered(x, 5000));
    });
  }
}

for (const [width, native] of [[128, true], [64, false]] as const) {
  Deno.test({
    ...ofHalf(
      `from f16 to f16 by ${native ? "a native copy" : "a kernel"}: rows of ${2 * width} bytes`,
    ),
    fn: async () => {
      const x = input("x", [6, width]);
      // A reshape wants a buffer, and the copy is as wide as what it copies.
      const outputs = { y: scale(reshape(copy(inTexture(x)), [2, 3, width]), 2) };
      using plan = await Plan.make(await deviceOf("lane"), { outputs, precision: "f16" });
      assertEquals(moves(plan.steps), called(native));
      plan.run({ x: numbered(x) });
      assertEquals(await plan.read("y"), numbered(x).map((value) => 2 * value));
    },
  });
}

Deno.test({
  ...ofHalf("from f16 to f32 by a kernel, which converts"),
  fn: async () => {
    const x = input("x", [3, 128]);
    const outputs = { packed: pack([copy(inTexture(x))]) };
    using plan = await Plan.make(await deviceOf("lane"), { outputs, precision: "f16" });
    assertEquals(moves(plan.steps), called(false));
    plan.run({ x: numbered(x) });
    assertEquals(await plan.read("packed"), numbered(x));
  },
});

Deno.test("a native copy takes the layer in which a gathered row's matrix stands", async () => {
  const matrixOp: Op<null> = { ...inTexture(input("x", [1, 1])).op as Op<null>, autocast: "f32" };
  const x = [0, 1, 2].map((n) => input(`x${n}`, [3, 64]));
  const matrices = x.map((each) => apply(matrixOp, [each], null));
  const copies = Object.fromEntries(matrices.map((matrix, n) => [`y${n}`, copy(matrix)]));
  const packed = pack([row(matrices[1], 2), row(matrices[0], 0), row(matrices[2], 1)]);
  using plan = await Plan.make(await deviceOf("lane"), { outputs: { ...copies, packed } });
  assert(plan.steps.some(({ label }) => label === "gather_gradients"));
  assertEquals(moves(plan.steps), ["copy (native)", "copy (native)", "copy (native)"]);
  plan.run(Object.fromEntries(x.map((each, n) => [`x${n}`, numbered(each, 1 + 1000 * n)])));
  for (const [n, each] of x.entries()) {
    assertEquals(await plan.read(`y${n}`), numbered(each, 1 + 1000 * n));
  }
  const rows = [[1, 2], [0, 0], [2, 1]].flatMap(([n, at]) => [
    ...numbered(x[n], 1 + 1000 * n).subarray(64 * at, 64 * (at + 1)),
  ]);
  assertEquals(await plan.read("packed"), Float32Array.from(rows));
});

/** Two layers with what the host reads between them, so that the second reads a copy. */
function layers(move: (x: Tensor) => Tensor): Record<string, Tensor> {
  const [x, v, w] = [input("x", [2, 6, 16, 4]), input("v", [16, 3, 3, 4]), input("w", [8, 1, 1, 16])];
  const between = relu(conv2d(x, v, { padding: 1 }));
  return { between, y: relu(conv2d(move(between), w)) };
}

Deno.test("a plan with native copies between its dispatches gives the bits of one with kernels", async () => {
  const device = await deviceOf("lane");
  using plan = await Plan.make(device, { outputs: layers((x) => x) });
  using kernels = await Plan.make(device, { outputs: layers((x) => apply(kernelCopyOp, [x], null)) });
  const labels = plan.steps.map(({ label }) => label);
  assertEquals(labels, ["pack_filters", "conv2d_lane", "copy (native)", "pack_filters", "conv2d_lane"]);
  assert(kernels.steps.every(({ kind }) => kind === "dispatch"));
  for (const turn of ["first", "second"]) {
    const of = (name: string, shape: Shape) => valuesOf({ shape }, `${turn} ${name}`);
    const feeds = {
      x: of("x", [2, 6, 16, 4]),
      v: of("v", [16, 3, 3, 4]),
      w: of("w", [8, 1, 1, 16]),
    } as Feeds;
    const read = (from: Plan) => {
      from.run(feeds);
      return Promise.all([from.read("between"), from.read("y")]);
    };
    assertEquals(await read(plan), await read(kernels));
  }
});

Deno.test("the dispatches of a plan and its text have the native copies among the dispatches", async () => {
  const device = await deviceOf("lane");
  using plan = await Plan.make(device, { outputs: layers((x) => x) });
  const dispatches = plan.dispatches();
  const at = dispatches.findIndex(({ kernel }) => kernel === "copy (native)");
  const bytes = 2 * 6 * 16 * 16 * 4;
  const { op, workgroups, flops, bytes: moved, shape } = dispatches[at];
  assertEquals([op, workgroups, flops, moved, shape], ["copy", [], 0, 2 * bytes, [2, 6, 16, 16]]);
  const [size, , ...rows] = plan.describe().split("\n");
  assertStringIncludes(size, "4 dispatches a run and 0 once, 1 and 0 native copies, ");
  assertStringIncludes(rows[at], "copy (native)");
});

Deno.test("a native copy is timed among the dispatches, each at its place (needs timestamps)", {
  ignore: !(await deviceOf("lane")).hasTimer,
}, async () => {
  const device = await deviceOf("lane");
  const [small, large] = [input("small", [1, 4]), input("large", [1024, 256])];
  const outputs = { a: copy(inTexture(relu(small))), b: copy(inTexture(relu(large))) };
  using plan = await Plan.make(device, { outputs });
  const feeds = { small: new Float32Array(4), large: new Float32Array(2 ** 18) };
  // The best of several, and of more while other programs disturb them.
  let best = plan.steps.map(() => Infinity);
  const copies = () => plan.dispatches(best).filter(({ kernel }) => kernel === "copy (native)");
  for (let i = 0; i < 5 || i < 50 && copies()[0].ms! >= copies()[1].ms!; i++) {
    const times = await plan.profile(feeds);
    best = best.map((ms, step) => Math.min(ms, times[step]));
  }
  const [first, second] = copies();
  assertEquals([first.shape, second.shape], [small.shape, large.shape]);
  assert(first.ms! >= 0 && second.ms! > first.ms! && second.ms! < 1000, `${first.ms} and ${second.ms} ms`);
});

Deno.test("dispatches share a pass up to the next transfer, and transfers need none", () => {
  const record = (kinds: string) => {
    const log: string[] = [];
    const note = (what: string) => () => void log.push(what);
    const steps = [...kinds].map((kind) =>
      kind === "t"
        ? { kind: "transfer", record: note("copy") }
        : { kind: "dispatch", kernel: { workgroups: [1, 1, 1] } }
    );
    const pass = {
      setPipeline: () => {},
      setBindGroup: () => {},
      dispatchWorkgroups: note("dispatch"),
      end: note("end"),
    };
    const encoder = { beginComputePass: () => (log.push("begin"), pass) };
    recordSteps(encoder as unknown as GPUCommandEncoder, steps as unknown as PlanStep[]);
    return log.join(" ");
  };
  assertEquals(record(""), "");
  assertEquals(record("dd"), "begin dispatch dispatch end");
  assertEquals(record("tt"), "copy copy");
  assertEquals(record("tddttd"), "copy begin dispatch dispatch end copy copy begin dispatch end");
  assertEquals(record("dt"), "begin dispatch end copy");
});
