import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { abs } from "../../../../engine/ops/arithmetic/abs.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { clamp } from "../../../../engine/ops/arithmetic/clamp.ts";
import {
  compare,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  sign,
} from "../../../../engine/ops/arithmetic/compare.ts";
import { div } from "../../../../engine/ops/arithmetic/div.ts";
import { exp } from "../../../../engine/ops/arithmetic/exp.ts";
import { log } from "../../../../engine/ops/arithmetic/log.ts";
import { maximum } from "../../../../engine/ops/arithmetic/maximum.ts";
import { minimum } from "../../../../engine/ops/arithmetic/minimum.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { pow } from "../../../../engine/ops/arithmetic/pow.ts";
import { neg } from "../../../../engine/ops/arithmetic/scale.ts";
import { sigmoid } from "../../../../engine/ops/arithmetic/sigmoid.ts";
import { input } from "../../../../engine/graph/source.ts";
import { sqrt } from "../../../../engine/ops/arithmetic/sqrt.ts";
import { square } from "../../../../engine/ops/arithmetic/square.ts";
import { sub } from "../../../../engine/ops/arithmetic/sub.ts";
import { sum } from "../../../../engine/ops/reduce/sum.ts";
import { where } from "../../../../engine/ops/arithmetic/where.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import type { Shape } from "../../../../engine/kernel/shape.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "../../check.ts";
import { kernelsOf } from "../../families.ts";

const of = (...shape: number[]) => input("t", shape);
const positive = (shape: Shape): Example => ({ shape, range: [0.3, 2] });

// One value, vectors that end inside a 4-vector and with one, images of odd and even channels.
for (const shape of [[], [5], [3, 4], [65, 101], [2, 3, 5, 3]]) {
  checkOp("exp", exp, [shape], { shape });
  checkOp("log", log, [positive(shape)], { shape });
  checkOp("sqrt", sqrt, [positive(shape)], { shape });
  checkOp("square", square, [shape], { shape });
  checkOp("abs", abs, [shape], { shape });
  checkOp("sigmoid", sigmoid, [shape], { shape });
  checkOp("neg", neg, [shape], { shape });
  checkOp("clamp", (x) => clamp(x, -0.5, 0.7), [shape], { shape });
  checkOp("div", div, [shape, positive(shape)], { shape });
}
for (const exponent of [-3, -0.5, 0, 1, 2, 1.7, 5]) {
  checkOp(`pow ${exponent}`, (x) => pow(x, exponent), [positive([7, 5])], { shape: [7, 5] });
}
for (const exponent of [2, 3, -1, 11, -12]) {
  // exp2 and log2 of a software adapter err by some 1e-6, times the exponent.
  const far: Example = { shape: [3, 3], values: [-1.5, -1.1, -0.9, -0.8, 0.8, 0.9, 1, 1.1, 1.4] };
  checkOp(`pow ${exponent} of negative values`, (x) => pow(x, exponent), [far], { relative: 5e-5 });
}
checkOp("sigmoid of large values", sigmoid, [{ shape: [4], values: [-100, -20, 20, 100] }]);
checkOp("clamp from below", (x) => clamp(x, 0.1, Infinity), [[9, 3]]);
checkOp("clamp from above", (x) => clamp(x, -Infinity, 0.1), [[9, 3]]);

// A scalar, a vector and a column against a matrix; axes of length 1 on both sides, in the middle, and in front.
const PAIRS: [Shape, Shape, Shape][] = [
  [[5, 7], [], [5, 7]],
  [[7], [65, 7], [65, 7]],
  [[6, 8], [6, 1], [6, 8]],
  [[3, 1], [1, 5], [3, 5]],
  [[2, 3, 5, 6], [6], [2, 3, 5, 6]],
  [[2, 1, 5, 3], [4, 1, 1], [2, 4, 5, 3]],
];
for (const [a, b, shape] of PAIRS) {
  checkOp("sub repeats", sub, [a, b], { shape });
  checkOp("div repeats", div, [a, positive(b)], { shape });
}
for (const [name, op] of Object.entries({ add, mul, maximum, minimum })) {
  checkOp(`${name} repeats`, op, [[6, 1], [65, 1, 7]], { shape: [65, 6, 7] });
}
checkOp("a sum down 100,000 rows of a repeated vector", add, [[100_003, 3], [3]], {
  // Normal numbers: the sum of 100,003 has an rms of 316, each addition errs by 3e-8 of the terms' size.
  gradientTolerance: { relative: 1e-5, absolute: 1e-3 },
});
checkOp("numbers", (x) => div(sub(2, mul(x, 3)), add(square(x), 1)), [[4, 5]]);

const ties: Example = { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] };
const others: Example = { shape: [3], values: [2.5, 3, 3.5], gradient: false };
for (const [name, op] of Object.entries({ greater, greaterEqual, less, lessEqual, equal })) {
  checkOp(name, op, [ties, others], { gradient: false });
}
checkOp("sign", sign, [{ shape: [5], values: [-2, -0, 0, 1e-30, 7] }], { gradient: false });
checkOp("where", (a, b) => where(greater(a, 0.2), mul(a, a), b), [[6, 5], [5]]);

Deno.test("comparisons give 0 and 1, and 0 beside NaN", async () => {
  const x = input("x", [4]);
  const outputs = {
    greater: greater(x, 1),
    greaterEqual: greaterEqual(x, 1),
    less: less(x, 1),
    lessEqual: lessEqual(x, 1),
    equal: equal(x, 1),
    else: compare(x, 1, { above: 3, equal: 2, below: 1 }),
  };
  for (const family of FAMILIES) {
    const values = await evaluate(
      await deviceOf(family),
      outputs,
      new Map([[x, Float32Array.of(0, 1, 2, NaN)]]),
    );
    assertEquals(Object.values(values).map((each) => [...each]), [
      [0, 0, 1, 0],
      [0, 1, 1, 0],
      [1, 0, 0, 0],
      [1, 1, 0, 0],
      [0, 1, 0, 0],
      [1, 2, 3, 0],
    ]);
  }
});

Deno.test("maximum, minimum, clamp and where keep NaN, and take no gradient from what is not taken", async () => {
  const [a, b] = [input("a", [4]), input("b", [4])];
  const outputs: Record<string, Tensor> = {
    maximum: maximum(a, b),
    minimum: minimum(a, b),
    clamped: clamp(a, 0, 1),
    chosen: where(greater(b, 0), a, 5),
  };
  const feeds = new Map([[a, Float32Array.of(NaN, 1, NaN, -7)], [b, Float32Array.of(1, NaN, NaN, 7)]]);
  for (const family of FAMILIES) {
    const { maximum, minimum, clamped, chosen } = await evaluate(await deviceOf(family), outputs, feeds);
    assertEquals([...maximum], [NaN, NaN, NaN, 7]);
    assertEquals([...minimum], [NaN, NaN, NaN, -7]);
    assertEquals([...clamped], [NaN, 1, NaN, 0]);
    assertEquals([...chosen], [NaN, 5, 5, -7]);
  }
});

Deno.test("the square of a tensor has one gradient, that of a maximum of equals is shared", () => {
  const [a, b] = [input("a", [3]), input("b", [3])];
  const feeds = new Map([[a, [1, 2, 3]], [b, [3, 2, 1]]]);
  const gradients = grad(sum(maximum(a, b)), [a, b]);
  assertEquals(interpret(gradients, feeds).map((each) => [...each]), [[0, 0.5, 1], [1, 0.5, 0]]);
  const [da] = grad(sum(minimum(a, b)), [a]);
  assertEquals([...interpret([da], feeds)[0]], [1, 0.5, 0]);
  const [dx] = grad(sum(clamp(a, 1, 2)), [a]);
  assertEquals([...interpret([dx], feeds)[0]], [1, 1, 0]);
});

Deno.test("a number goes into the kernel: it is no operand", async () => {
  using plan = await Plan.make(await deviceOf("tile"), { outputs: { y: add(input("x", [5, 3]), 2) } });
  const [kernel] = kernelsOf(plan.steps);
  assertEquals(Object.keys(kernel.bind), ["x0", "y"]);
  assert(kernel.flat, "it walks a [5, 3] beside a number as no long row");
});

Deno.test("arithmetic refuses shapes that do not repeat, indices, and bounds the wrong way round", () => {
  assertThrows(
    () => add(of(2, 3), of(4)),
    ShapeError,
    "Cannot add add to the graph: it takes tensors whose shapes repeat to one, aligned at the last axis, current " +
      "inputs are f32 [2, 3] and f32 [4]: axis -1 has the lengths 3 and 4",
  );
  assertThrows(() => mul(of(2, 3), of(3, 3)), ShapeError, "axis -2 has the lengths 2 and 3");
  assertThrows(() => exp(input("i", [3], "u32")), ShapeError, "indices are not calculated with");
  assertThrows(() => add(input("i", [3], "u32"), of(3)), ShapeError, "indices are not calculated with");
  assertThrows(
    () => where(input("i", [3], "u32"), of(3), 0),
    ShapeError,
    "a condition is a comparison's result",
  );
  assertThrows(() => clamp(of(3), 1, 0), RangeError, "it takes least <= most, current are 1 and 0");
});
