import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { inOrder } from "../../../engine/graph/graph.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { argmax } from "../../../engine/ops/statistics/argmax.ts";
import { hits } from "../../../engine/ops/loss/hits.ts";
import { mul } from "../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { constant, input } from "../../../engine/graph/source.ts";
import { sum } from "../../../engine/ops/reduce/sum.ts";
import { grad, pullback } from "../../../engine/autodiff/differentiate.ts";
import type { Tensor } from "../../../engine/graph/node.ts";

const x = input("x", [3]);
const at = (values: number[]) => new Map([[x, values]]);

Deno.test("grad adds up what flows over several ways", () => {
  // d/dx sum(x * x + 3x) = 2x + 3
  const [dx] = grad(sum(add(mul(x, x), scale(x, 3))), [x]);
  assertEquals([...interpret([dx], at([1, -2, 0.5]))[0]], [5, -1, 4]);
});

Deno.test("grad by a tensor in the middle and by the loss itself", () => {
  const middle = scale(x, 2);
  const loss = sum(mul(middle, x));
  const [byMiddle, byX, byLoss] = interpret(grad(loss, [middle, x, loss]), at([1, 2, 3]));
  assertEquals([...byMiddle], [1, 2, 3]);
  assertEquals([...byX], [4, 8, 12]);
  assertEquals([...byLoss], [1]);
});

Deno.test("grad of a gradient", () => {
  // d/dx sum of (d/dx sum x^3) = 6x; the rectifier keeps the positive ones.
  const [first] = grad(sum(mul(relu(x), mul(x, x))), [x]);
  const [second] = grad(sum(first), [x]);
  assertEquals([...interpret([second], at([1, -2, 3]))[0]], [6, 0, 18]);
});

Deno.test("grad goes through a graph deeper than the call stack", () => {
  let deep: Tensor = x;
  for (let i = 0; i < 20_000; i++) deep = scale(deep, 1);
  const [dx] = grad(sum(deep), [x]);
  assertEquals([...interpret([dx], at([1, 2, 3]))[0]], [1, 1, 1]);
});

Deno.test("grad leaves out what wrt does not need", () => {
  const y = input("y", [3]);
  const [dx] = grad(sum(mul(x, mul(y, y))), [x]);
  assertEquals(inOrder([dx]).filter(({ op }) => op.name === "mul").length, 2);
});

Deno.test("grad refuses a loss that is no scalar", () => {
  assertThrows(() => grad(mul(x, x), [x]), ShapeError, "it takes a scalar [], current shape is [3]");
  assertThrows(() => pullback(mul(x, x), constant([1], []), [x]), ShapeError, "its cotangent is constant");
});

Deno.test("grad names the op without a gradient", () => {
  const logits = input("logits", [2, 3]);
  const counted = hits(logits, argmax(logits));
  assertThrows(() => grad(sum(counted), [logits]), TypeError, "current is hits#");
});

Deno.test("grad refuses what the loss does not depend on", () => {
  const stranger = input("stranger", [3]);
  assertThrows(() => grad(sum(x), [stranger]), TypeError, "current is not on a differentiable way");
});
