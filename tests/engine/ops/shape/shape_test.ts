import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { concat, stack } from "../../../../engine/ops/shape/concat.ts";
import { gather, scatterAdd } from "../../../../engine/ops/shape/gather.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { l2Normalize } from "../../../../engine/ops/norm/l2_normalize.ts";
import { oneHot } from "../../../../engine/ops/shape/one_hot.ts";
import { pad } from "../../../../engine/ops/shape/pad.ts";
import { permute } from "../../../../engine/ops/shape/permute.ts";
import { reshape } from "../../../../engine/ops/shape/reshape.ts";
import { running } from "../../../../engine/ops/effects/running.ts";
import { scale } from "../../../../engine/ops/arithmetic/scale.ts";
import { type Range, slice } from "../../../../engine/ops/shape/slice.ts";
import { constant, input, parameter } from "../../../../engine/graph/source.ts";
import { stopGradient } from "../../../../engine/ops/shape/stop_gradient.ts";
import { sum } from "../../../../engine/ops/reduce/sum.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { Parameters } from "../../../../engine/device/parameters.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import type { Shape } from "../../../../engine/kernel/shape.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "../../check.ts";

const of = (...shape: number[]) => input("t", shape);

// From and to vectors, matrices and images, of channels that end inside a 4-vector and do not.
const RESHAPED: [Shape, Shape][] = [[[], [1, 1]], [[5], [1, 5]], [[6, 4], [2, -1, 3]], [[2, 3, 5, 6], [
  6,
  30,
]]];
for (const [shape, to] of RESHAPED) checkOp(`reshape to [${to}]`, (x) => reshape(x, to), [shape]);

// The last axis stays, goes to the front, changes places with another; odd and whole vectors.
for (const axes of [[0, 2, 1, 3], [3, 0, 1, 2], [1, 3, 0, 2], [0, 1, 3, 2]]) {
  checkOp(`permute ${axes}`, (x) => permute(x, axes), [[2, 3, 5, 6]]);
  checkOp(`permute ${axes}`, (x) => permute(x, axes), [[4, 3, 2, 8]]);
}
checkOp("permute of a column", (x) => permute(x, [1, 0]), [[6, 1]], { shape: [1, 6] });
checkOp("permute of three", (x) => permute(x, [-1, 0, 1]), [[7, 4, 5]], { shape: [5, 7, 4] });

// Along the first axis, one in the middle, and the last: at vector ends and inside vectors.
const PARTS: [number, Shape[]][] = [
  [0, [[3], [1], [4]]],
  [0, [[2, 5], [1, 5]]],
  [1, [[3, 8], [3, 4]]],
  [-1, [[3, 3], [3, 1], [3, 6]]],
  [2, [[2, 3, 1, 5], [2, 3, 4, 5]]],
  [3, [[2, 2, 3, 4], [2, 2, 3, 6], [2, 2, 3, 8]]],
];
for (const [axis, shapes] of PARTS) {
  checkOp(`concat along ${axis}`, (...parts) => concat(parts, axis), shapes);
}
checkOp("concat of more than one kernel binds", (...parts) => concat(parts), new Array(9).fill([2, 3]), {
  shape: [18, 3],
});
checkOp("stack", (...parts) => stack(parts), [[3, 5], [3, 5]], { shape: [2, 3, 5] });
checkOp("stack last", (...parts) => stack(parts, -1), [[5], [5], [5]], { shape: [5, 3] });

const SLICED: [Shape, (Range | null)[], Shape][] = [
  [[10], [[2, 9, 3]], [3]],
  [[6, 9], [[1, 4]], [3, 9]],
  [[6, 8], [null, [4]], [6, 4]],
  [[6, 9], [[0, 6, 2], [-3]], [3, 3]],
  [[5, 10], [null, [1, 10, 4]], [5, 3]],
  [[2, 7, 9, 6], [null, [0, 7, 2], [1, -1, 3]], [2, 4, 3, 6]],
  [[2, 3, 5, 8], [[1, 2], null, null, [0, 6]], [1, 3, 5, 6]],
];
for (const [shape, ranges, to] of SLICED) {
  checkOp(`slice ${JSON.stringify(ranges)}`, (x) => slice(x, ranges), [shape], { shape: to });
}

const PADDED: [Shape, [number, number][], Shape][] = [
  [[3], [[1, 2]], [6]],
  [[3, 5], [[1, 0], [2, 3]], [4, 10]],
  [[3, 4], [[0, 0], [4, 4]], [3, 12]],
  [[3, 6], [[0, 1], [8, 0]], [4, 14]],
  [[2, 3, 3, 4], [[0, 0], [1, 1], [2, 0]], [2, 5, 5, 4]],
];
for (const [shape, widths, to] of PADDED) {
  checkOp(`pad ${JSON.stringify(widths)}`, (x) => pad(x, widths), [shape], { shape: to });
  checkOp(`pad ${JSON.stringify(widths)} with a number`, (x) => pad(x, widths, -1.5), [shape], { shape: to });
}

// Tables of numbers, rows and images; entries that repeat, that are missing, and more than a loop may count.
const indices = (batch: number, length: number): Example => ({
  shape: [batch],
  dtype: "u32",
  range: [0, length],
});
for (
  const [table, batch] of [[[7], 5], [[7], 300], [[3, 5], 1], [[100, 6], 33], [[4, 2, 3, 6], 9]] as const
) {
  checkOp("gather", gather, [table, indices(batch, table[0])], { shape: [batch, ...table.slice(1)] });
}
for (const shape of [[9], [65, 5], [9, 3, 8]]) {
  const scatter = (values: Tensor, at: Tensor) => scatterAdd(values, at, 12);
  checkOp("scatterAdd", scatter, [shape, indices(shape[0], 12)], { shape: [12, ...shape.slice(1)] });
}
checkOp("scatterAdd of many entries", (values, at) => scatterAdd(values, at, 2), [
  [60_001],
  indices(60_001, 2),
], {
  // Normal numbers: each sum of 30,000 errs by 1e-7 sqrt(30,000) of its own size and less than 1e-3.
  absolute: 1e-3,
});
for (const [batch, classes] of [[1, 1], [5, 3], [65, 100]]) {
  const labels = indices(batch, classes);
  checkOp("oneHot", (labels) => oneHot(labels, classes), [labels], {
    shape: [batch, classes],
    gradient: false,
  });
}

Deno.test("reshapes and permutations of one another join, and go when they change nothing", () => {
  const x = of(2, 3, 4);
  assert(reshape(reshape(x, [6, 4]), [2, 3, 4]) === x);
  assert(permute(permute(x, [1, 2, 0]), [2, 0, 1]) === x);
  assert(permute(permute(x, [1, 2, 0]), [1, 0, 2]).inputs[0] === x);
  assert(slice(x, [[0], null]) === x);
  assert(pad(x, [[0, 0]]) === x);
});

Deno.test("a reshape as an output, of an output and of what is kept, has the values of what it shows", async () => {
  const x = input("x", [2, 6]);
  const double = scale(x, 2);
  const kept = reshape(mul(constant([1, 2, 3, 4], [2, 2]), 3), [4]);
  const outputs = {
    shown: reshape(double, [3, 4]),
    // Computed after it, in memory of the same size: it must not take that of `double`.
    later: scale(scale(reshape(double, [12]), 3), 5),
    kept,
    raw: reshape(x, [12]),
    sum: add(reshape(scale(x, 7), [4, 3]), reshape(scale(x, 11), [4, 3])),
  };
  for (const family of FAMILIES) {
    using plan = await Plan.make(await deviceOf(family), { outputs });
    for (let run = 1; run <= 2; run++) {
      const values = Float32Array.from({ length: 12 }, (_, i) => run * i);
      plan.run({ x: values });
      for (const [name, factor] of Object.entries({ shown: 2, later: 30, raw: 1, sum: 18 })) {
        assertEquals(await plan.read(name), values.map((value) => factor * value), `${family} ${name}`);
      }
      assertEquals(await plan.read("kept"), Float32Array.of(3, 6, 9, 12));
    }
  }
});

Deno.test("a reshape of a parameter that the plan writes has the value from before the step", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const estimate = parameter("estimate", [4]);
    using store = new Parameters(device, [estimate], "estimates");
    store.write(estimate, Float32Array.of(1, 2, 3, 4));
    const updates = [running(estimate, constant([5, 5, 5, 5], [4]), { momentum: 0.5 })];
    const outputs = { shown: reshape(estimate, [2, 2]), stopped: stopGradient(estimate) };
    using plan = await Plan.make(device, { outputs, updates, parameters: [store] });
    plan.run();
    for (const name of Object.keys(outputs)) {
      assertEquals(await plan.read(name), Float32Array.of(1, 2, 3, 4), name);
    }
  }
});

Deno.test("the gradient of a slice keeps to its places when it is added to another", async () => {
  const x = input("x", [5]);
  const [dx] = grad(sum(add(mul(slice(x, [[0, 5, 2]]), 3), slice(x, [[1, 4]]))), [x]);
  const values = Float32Array.of(1, 2, 3, 4, 5);
  for (const family of FAMILIES) {
    const { dx: actual } = await evaluate(await deviceOf(family), { dx }, new Map([[x, values]]));
    assertEquals([...actual], [3, 1, 4, 1, 3]);
  }
  assertEquals([...interpret([dx], new Map([[x, values]]))[0]], [3, 1, 4, 1, 3]);
});

Deno.test("shape ops refuse what does not fit, with the shapes", () => {
  const x = of(2, 6);
  assertThrows(
    () => reshape(x, [5, -1]),
    ShapeError,
    "Cannot add reshape to the graph: it takes a shape of 12 values, current is [5, -1]: x is [2, 6]",
  );
  assertThrows(() => permute(x, [0, 0]), ShapeError, "an axis is missing or named twice");
  assertThrows(() => permute(x, [0]), ShapeError, "an axis is missing or named twice");
  assertThrows(() => concat([x, of(2, 5)], 0), ShapeError, "f32 tensors that differ along axis 0 only");
  assertThrows(() => stack([x, of(2, 5)]), ShapeError, "another length differs");
  assertThrows(() => stack([x, of(2)], 1), ShapeError, "another length differs");
  // Axes in front of the first, too: counted from the last they must not be taken for others.
  for (const axis of [-3, 2, 0.5]) {
    assertThrows(
      () => concat([x, x], axis),
      RangeError,
      `distinct and between -2 and 1, got ${axis} for x [`,
    );
    assertThrows(
      () => l2Normalize(x, axis),
      RangeError,
      `distinct and between -2 and 1, got ${axis} for x [`,
    );
  }
  for (const axis of [-4, 3]) {
    assertThrows(() => stack([x, x], axis), RangeError, `distinct and between -3 and 2, got ${axis} for x [`);
  }
  assertThrows(
    () => slice(x, [[2]]),
    RangeError,
    "Cannot add slice to the graph: it takes places of axis 0, of length 2, current are 2 to 2 by 1: x is f32 [2, 6]",
  );
  assertThrows(() => slice(x, [null, [0, 6, 0]]), RangeError, "current are 0 to 6 by 0");
  assertThrows(() => slice(x, [null, null, null]), RangeError, "at most 2 ranges");
  assertThrows(() => pad(x, [[0, -1]]), ShapeError, "two widths of 0 or more");
  assertThrows(() => pad(x, [[1, 1]], Infinity), RangeError, "it takes a finite value, current is Infinity");
  assertThrows(() => gather(x, of(3)), ShapeError, "indices of another type");
  assertThrows(() => scatterAdd(x, input("i", [3], "u32"), 5), ShapeError, "indices of another batch");
  assertThrows(() => oneHot(of(3), 5), ShapeError, "labels of another type");
});
