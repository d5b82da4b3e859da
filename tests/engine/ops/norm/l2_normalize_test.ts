import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { l2Normalize } from "../../../../engine/ops/norm/l2_normalize.ts";
import { logSoftmax } from "../../../../engine/ops/loss/log_softmax.ts";
import { logSumExp } from "../../../../engine/ops/loss/log_sum_exp.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { softmax } from "../../../../engine/ops/loss/softmax.ts";
import { constant, input } from "../../../../engine/graph/source.ts";
import { sum } from "../../../../engine/ops/reduce/sum.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "../../check.ts";

// One value, around a vector, more than a workgroup of vectors; rows of images; a row of zeros between others.
for (const shape of [[1, 1], [17, 3], [65, 100], [3, 1000], [2, 3, 5, 6], [3, 5, 8]]) {
  // Of one value the gradient is 0: what is left is rounding, of the size of the values.
  checkOp("l2Normalize", (x) => l2Normalize(x), [shape], { shape, gradientTolerance: { absolute: 1e-6 } });
}
checkOp("l2Normalize along the first axis", (x) => l2Normalize(x, 0), [[7, 5]], { shape: [7, 5] });
checkOp("l2Normalize along the middle", (x) => l2Normalize(x, 1), [[2, 5, 6]], { shape: [2, 5, 6] });
checkOp("l2Normalize by eps", (x) => l2Normalize(x, -1, 1000), [[5, 7]]);

for (const shape of [[1, 1], [17, 3], [65, 100], [3, 1000], [2, 3, 5, 6]]) {
  const logits: Example = { shape, range: [-5, 5] };
  checkOp("logSumExp", logSumExp, [logits], { shape: shape.slice(0, -1) });
}
// f32 logits near 80 carry 4e-6 each.
checkOp("logSumExp of large logits", logSumExp, [{ shape: [9, 6], range: [-80, 80] }], { absolute: 1e-5 });
for (const shape of [[2, 3, 5, 6], [3, 5, 8], [5, 1, 3]]) {
  checkOp("softmax of images", softmax, [{ shape, range: [-5, 5] }], { shape });
  checkOp("logSoftmax of images", logSoftmax, [{ shape, range: [-5, 5] }], { shape });
}

Deno.test("l2Normalize of zeros, of tiny and of huge rows, and its gradient, are finite", async () => {
  const x = input("x", [4, 2]);
  const y = l2Normalize(x);
  const [dx] = grad(sum(mul(y, constant([1, 0], [2]))), [x]);
  const feeds = new Map([[x, Float32Array.of(0, 0, 3e30, 4e30, 3e-10, 4e-10, 3e-20, 4e-20)]]);
  for (const family of FAMILIES) {
    const values = await evaluate(await deviceOf(family), { y, dx }, feeds);
    const rounded = (row: number, of: Float32Array) =>
      [...of.subarray(2 * row, 2 * row + 2)].map((value) => Number(value.toPrecision(3)));
    assertEquals([0, 1, 2, 3].map((row) => rounded(row, values.y)), [[0, 0], [0.6, 0.8], [0.6, 0.8], [
      3e-8,
      4e-8,
    ]]);
    // (1 - 0.36, -0.48) / |x|, or dy / eps
    assertEquals([0, 1, 2, 3].map((row) => rounded(row, values.dx)), [
      [1e12, 0],
      [1.28e-31, -9.6e-32],
      [1.28e9, -9.6e8],
      [1e12, 0],
    ]);
  }
});

Deno.test("rows too long for the loops of a software adapter are refused, not wrong", async () => {
  const y = l2Normalize(input("x", [65_533, 2]), 0);
  await assertRejects(
    async () => Plan.make(await deviceOf("lane"), { outputs: { y } }),
    RangeError,
    "Cannot run l2_normalize on a software adapter: it takes rows of at most 65532 values, current are [2, 65533]",
  );
});

Deno.test("logSumExp takes rows of -Infinity, and l2Normalize and it refuse vectors", async () => {
  const x = input("x", [2, 5]);
  const values = new Float32Array(10).fill(-Infinity);
  values[7] = 3;
  for (const family of FAMILIES) {
    const { y } = await evaluate(await deviceOf(family), { y: logSumExp(x) }, new Map([[x, values]]));
    assertEquals([...y], [-Infinity, 3]);
  }
  for (const op of [logSumExp, l2Normalize]) {
    assertThrows(() => op(input("x", [3])), ShapeError, "wants the shape [1, C]");
  }
});
