import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../engine/errors.ts";
import { add } from "../../engine/ops/add.ts";
import { expand } from "../../engine/ops/expand.ts";
import { expandRows } from "../../engine/ops/expand_rows.ts";
import { mul } from "../../engine/ops/mul.ts";
import { scale } from "../../engine/ops/scale.ts";
import { constant, input } from "../../engine/ops/source.ts";
import { mean, sum } from "../../engine/ops/sum.ts";
import { sumRows } from "../../engine/ops/sum_rows.ts";
import { take } from "../../engine/ops/take.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "./check.ts";
import { padding } from "./in_texture.ts";

// Normal numbers cancel in a sum, so its rms says nothing of the terms: numbers of one sign.
const positive = (...shape: number[]): Example => ({ shape, range: [0.5, 1.5] });

// One value, around a vector and a workgroup, one chunk and more, odd channels, over 100,000 and over 2 M values.
for (const shape of [[], [1], [5], [255], [8192], [8193], [127, 3], [3, 7, 5, 6], [1201, 101]]) {
  checkOp("sum", sum, [positive(...shape)], { shape: [] });
}
checkOp("mean", mean, [positive(65, 33)], { shape: [] });
checkOp("sum of two million", sum, [positive(2101, 1003)], { shape: [], gradient: false });

// A batch of one, one class, around the workgroup and the split of long columns.
for (const shape of [[1, 1], [1, 5], [3, 4], [64, 63], [65, 257], [512, 3], [513, 10], [3000, 7]]) {
  checkOp("sumRows", sumRows, [positive(...shape)], { shape: [shape[1]] });
}
checkOp("sumRows of many rows", sumRows, [positive(140_000, 3)], { shape: [3], gradient: false });

for (const shape of [[], [5], [3, 5], [64, 100], [2, 3, 3, 6]]) {
  checkOp("expand", (x) => expand(x, shape), [[]], { shape, gradientTolerance: { absolute: 1e-5 } });
}
for (const [rows, columns] of [[1, 1], [3, 5], [65, 100], [600, 6]]) {
  checkOp("expandRows", (x) => expandRows(x, rows), [[columns]], { gradientTolerance: { absolute: 1e-4 } });
}

Deno.test("sumRows and expandRows refuse what has no rows", () => {
  assertThrows(() => sumRows(input("x", [5])), ShapeError, "x [B, C]");
  assertThrows(() => expandRows(input("x", [2, 5]), 3), ShapeError, "a vector [C]");
  assertThrows(() => expand(input("x", [5]), [5, 5]), ShapeError, "a scalar []");
});

Deno.test("what lies behind a vector's end is not added", async () => {
  // take writes five of the eight words that the vector before it filled and left.
  const [x, labels] = [input("x", [8]), input("labels", [5], "u32")];
  const taken = take(constant([1, 2], [2]), labels);
  const total = add(sum(scale(x, 3)), sum(taken));
  const rows = sumRows(mul(expandRows(taken, 3), expandRows(taken, 3)));
  const behind = sum(padding(expandRows(taken, 3)));
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
