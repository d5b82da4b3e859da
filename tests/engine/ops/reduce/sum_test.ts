import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { expand, sum } from "../../../../engine/ops/reduce/sum.ts";
import { gather } from "../../../../engine/ops/shape/gather.ts";
import { max } from "../../../../engine/ops/statistics/max.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { scale } from "../../../../engine/ops/arithmetic/scale.ts";
import { constant, input } from "../../../../engine/graph/source.ts";
import { mean } from "../../../../engine/ops/statistics/mean.ts";
import { variance } from "../../../../engine/ops/statistics/variance.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "../../check.ts";
import { padding } from "../../in_texture.ts";

// Normal numbers cancel in a sum, so its rms says nothing of the terms: numbers of one sign.
const positive = (...shape: number[]): Example => ({ shape, range: [0.5, 1.5] });

// One value, around a vector and a workgroup, one chunk and more, odd channels, over 100,000 and over 2 M values.
for (const shape of [[], [1], [5], [255], [8192], [8193], [127, 3], [3, 7, 5, 6], [1201, 101]]) {
  checkOp("sum", (x) => sum(x), [positive(...shape)], { shape: [] });
}
checkOp("mean", (x) => mean(x), [positive(65, 33)], { shape: [] });
checkOp("sum of two million", (x) => sum(x), [positive(2101, 1003)], { shape: [], gradient: false });

// A batch of one, one class, around the workgroup and the split of long columns.
for (const shape of [[1, 1], [1, 5], [3, 4], [64, 63], [65, 257], [512, 3], [513, 10], [3000, 7]]) {
  checkOp("sum of columns", (x) => sum(x, 0), [positive(...shape)], { shape: [shape[1]] });
}
checkOp("sum of long columns", (x) => sum(x, 0), [positive(140_000, 3)], { shape: [3], gradient: false });

for (const shape of [[], [5], [3, 5], [64, 100], [2, 3, 3, 6]]) {
  checkOp("expand", (x) => expand(x, shape), [[]], { shape, gradientTolerance: { absolute: 1e-5 } });
}
for (const [rows, columns] of [[1, 1], [3, 5], [65, 100], [600, 6]]) {
  checkOp("expand to rows", (x) => expand(x, [rows, columns]), [[columns]], {
    gradientTolerance: { absolute: 1e-4 },
  });
}

// Axes that stay and go in every order; the last one stays, or goes alone or with others.
for (const axes of [[0], [1], [3], [-1, -2], [0, 2], [0, 3], [1, 2, 3]]) {
  const x = positive(2, 3, 5, 6);
  checkOp(`sum over ${axes}`, (x) => sum(x, axes), [x]);
  checkOp(`sum over ${axes}, kept`, (x) => sum(x, axes, { keepDims: true }), [x]);
  checkOp(`max over ${axes}`, (x) => max(x, axes), [x]);
}
checkOp("max over all", (x) => max(x), [[7, 5]], { shape: [] });
// Zeros beyond the last channel are larger than all of these.
checkOp("max of negative values", (x) => max(x, -1), [{ shape: [5, 7], range: [-3, -1] }], { shape: [5] });
checkOp("max of negative values, kept", (x) => max(x, [0, 1], { keepDims: true }), [
  { shape: [2, 5, 3], range: [-3, -1] },
], { shape: [1, 1, 3] });
checkOp("mean over rows, kept", (x) => mean(x, -1, { keepDims: true }), [positive(9, 7)], { shape: [9, 1] });
checkOp("variance", (x) => variance(x, [0, 1]), [[5, 7, 3]], { shape: [3] });
checkOp("variance, unbiased", (x) => variance(x, 1, { unbiased: true, keepDims: true }), [[5, 7]]);

// Reductions of 100,000 values and more: each in two stages, along rows, columns and in the middle.
for (const [shape, axis] of [[[2, 100_003], 1], [[100_003, 2], 0], [[2, 60_001, 3], 1]] as const) {
  checkOp(`sum over axis ${axis}`, (x) => sum(x, axis), [positive(...shape)]);
  checkOp(`max over axis ${axis}`, (x) => max(x, axis), [{ shape }]);
}

Deno.test("values that tie for the largest share its gradient", () => {
  const x = input("x", [2, 3]);
  const [dx] = grad(sum(mul(max(x, 1), constant([6, 1], [2]))), [x]);
  assertEquals([...interpret([dx], new Map([[x, [5, 5, 5, 1, 2, 1]]]))[0]], [2, 2, 2, 0, 1, 0]);
});

Deno.test("max keeps NaN and infinities", async () => {
  const x = input("x", [4, 70]);
  const values = new Float32Array(280).fill(-Infinity);
  values[65] = NaN;
  values[70] = NaN;
  values[71] = 3;
  values[140] = Infinity;
  for (const family of FAMILIES) {
    const outputs = { rows: max(x, 1), columns: max(x, 0) };
    const { rows, columns } = await evaluate(await deviceOf(family), outputs, new Map([[x, values]]));
    assertEquals([...rows], [NaN, NaN, Infinity, -Infinity]);
    assertEquals([columns[0], columns[1], columns[2], columns[65]], [NaN, 3, -Infinity, NaN]);
  }
});

Deno.test("reductions refuse axes that are not there, and indices", () => {
  const x = input("x", [2, 3]);
  assertThrows(
    () => sum(x, 2),
    RangeError,
    "Cannot add sum to the graph: axes must be distinct and between -2 and 1, got 2 for x [2, 3]",
  );
  assertThrows(() => max(x, [0, -2]), RangeError, "got 0, -2 for x [2, 3]");
  assertThrows(() => mean(x, [0.5]), RangeError, "got 0.5 for x [2, 3]");
  assertThrows(() => sum(input("i", [3], "u32")), ShapeError, "indices are not calculated with");
  assertThrows(() => expand(input("x", [5]), [5, 4]), ShapeError, "only axes of length 1 are repeated");
  assertThrows(() => expand(input("x", [1, 5]), [5]), ShapeError, "only axes of length 1 are repeated");
});

Deno.test("what lies behind a vector's end is not added", async () => {
  // gather writes five of the eight words that the vector before it filled and left.
  const [x, labels] = [input("x", [8]), input("labels", [5], "u32")];
  const taken = gather(constant([1, 2], [2]), labels);
  const total = add(sum(scale(x, 3)), sum(taken));
  const rows = sum(mul(expand(taken, [3, 5]), expand(taken, [3, 5])), 0);
  const behind = sum(padding(expand(taken, [3, 5])));
  const feeds = new Map<Tensor, Float32Array | Uint32Array>([
    [x, new Float32Array(8).fill(1)],
    [labels, Uint32Array.of(1, 0, 0, 1, 0)],
  ]);
  for (const family of FAMILIES) {
    const actual = await evaluate(await deviceOf(family), { total, rows, inner: sum(rows), behind }, feeds);
    assertEquals(actual.total, Float32Array.of(24 + 7));
    assertEquals(actual.rows, Float32Array.of(12, 3, 3, 12, 3));
    assertEquals(actual.inner, Float32Array.of(33));
    assertEquals(actual.behind, Float32Array.of(0));
  }
});
