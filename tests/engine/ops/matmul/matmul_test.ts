import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { linear } from "../../../../engine/ops/matmul/linear.ts";
import { matmul } from "../../../../engine/ops/matmul/matmul.ts";
import { input } from "../../../../engine/graph/source.ts";
import { transpose } from "../../../../engine/ops/shape/transpose.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { checkOp, deviceOf } from "../../check.ts";
import { checkTorch } from "../../torch_cases.ts";

// One value; each side below, at and above a 4-vector, a register tile of 4 x 16 and a tile of 16 x 64; 31 strips of
// columns, which leave one of 32 lanes idle, and 32; strips of 3 and 5 vectors; register tiles of 8 and of 14 rows.
const CASES = [
  [1, 1, 1],
  [7, 5, 3],
  [17, 4, 65],
  [65, 33, 16],
  [519, 20, 7],
  [9, 3, 248],
  [9, 3, 36],
  [200, 3, 512],
  [340, 3, 512],
  [2160, 3, 100],
];

for (const [m, k, n] of CASES) {
  checkOp("matmul", (a, b) => matmul(a, b), [[m, k], [k, n]], { shape: [m, n] });
}
checkOp("matmul with bias", matmul, [[9, 6], [6, 10], [10]]);

// Batches of one, odd and even matrices, and of more than a tile of rows.
for (const [batch, m, k, n] of [[1, 3, 5, 2], [3, 7, 4, 8], [5, 17, 6, 66], [2, 130, 9, 3]]) {
  checkOp("matmul of batches", (a, b) => matmul(a, b), [[batch, m, k], [batch, k, n]], {
    shape: [batch, m, n],
  });
}

// Sums of 100,003 products, one after the other: off by up to 3e-5 of their rms. The software adapter ends loops of
// an invocation after 65,535 rounds in total, silently.
checkOp("matmul of long rows", (a, b) => matmul(a, b), [[2, 100_003], [100_003, 5]], { relative: 1e-4 });

// More rows than one dimension of workgroups holds: 64 to a tile, at most 65,535 tiles.
checkOp("matmul of 2 M rows", (a, b) => matmul(a, b), [[2_097_217, 1], [1, 3]], { gradient: false });

for (const [batch, features, classes] of [[1, 7, 3], [128, 64, 100]]) {
  checkOp("linear", linear, [[batch, features], [classes, features], [classes]], { shape: [batch, classes] });
}

for (const [m, n] of [[1, 9], [5, 3], [67, 130]]) {
  checkOp("transpose", transpose, [[m, n]], { shape: [n, m] });
}
checkOp("transpose of several", transpose, [[3, 5, 6]], { shape: [3, 6, 5] });
// More vectors than one band of workgroups holds: 32,768 x 64.
checkOp("transpose of 2 M values", transpose, [{ shape: [1, 2_097_217], range: [-1, 1] }], {
  gradient: false,
});

checkTorch("linear", ({ x, weight, bias }) => ({ y: linear(x, weight, bias) }));

Deno.test("matmul of rows too long for the loops of a software adapter is refused, not wrong", async () => {
  const y = matmul(input("a", [1, 262_141]), input("b", [262_141, 1]));
  const text = "an inner length of at most 262140, current is 262141";
  await assertRejects(async () => Plan.make(await deviceOf("lane"), { outputs: { y } }), RangeError, text);
});

Deno.test("transpose of a transpose is what it was made from", () => {
  const x = input("x", [3, 5]);
  assert(transpose(transpose(x)) === x);
  assertEquals(transpose(x).shape, [5, 3]);
});

Deno.test("matmul, linear and transpose refuse what does not fit, with the shapes", () => {
  const of = (...shape: number[]) => input("t", shape);
  assertThrows(
    () => matmul(of(2, 3), of(4, 5)),
    ShapeError,
    "Cannot add matmul to the graph: it takes a [M, K], b [K, N] and perhaps a bias [N], or a [B, M, K] and b [B, K, N], " +
      "current inputs are f32 [2, 3] and f32 [4, 5]: the inner lengths differ",
  );
  assertThrows(() => matmul(of(2, 3, 4), of(3, 4, 5)), ShapeError, "one batch is larger than the other");
  assertThrows(() => matmul(of(2, 3, 4), of(2, 4, 5), of(5)), ShapeError, "the bias is of another length");
  assertThrows(() => matmul(of(2, 3, 4), of(4, 5)), ShapeError, "they are not matrices");
  assertThrows(() => matmul(of(2, 3), of(3)), ShapeError, "they are not matrices");
  assertThrows(() => matmul(of(2, 3), of(3, 5), of(4)), ShapeError, "the bias is of another length");
  assertThrows(
    () => linear(of(128, 64), of(100, 32)),
    ShapeError,
    "Cannot add linear to the graph: it takes x [B, in], weight [out, in] and perhaps a bias [out], current inputs " +
      "are f32 [128, 64] and f32 [100, 32]: the weight was made for 32 features",
  );
  assertThrows(() => linear(of(128, 64), of(100)), ShapeError, "they are not matrices");
  assertThrows(() => linear(of(8, 64), of(10, 64), of(9)), ShapeError, "the bias is of another length");
  assertThrows(() => transpose(of(3)), ShapeError, "it is not a matrix");
});
