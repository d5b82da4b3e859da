import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import { apply, defineOp } from "../../../engine/graph/node.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { matmul } from "../../../engine/ops/matmul/matmul.ts";
import { mul } from "../../../engine/ops/arithmetic/mul.ts";
import { relu, reluOp } from "../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { input } from "../../../engine/graph/source.ts";
import { sum } from "../../../engine/ops/reduce/sum.ts";
import { grad, pullback } from "../../../engine/autodiff/differentiate.ts";

const x = input("x", [3]);
const at = new Map([[x, [1, -2, 3]]]);

Deno.test("gradients of a tensor that is used several times add up", () => {
  // 5 x^2 + x^2 x
  const [dx] = grad(sum(add(scale(mul(x, x), 5), mul(mul(x, x), x))), [x]);
  assertEquals(interpret([dx], at)[0], Float64Array.of(10 + 3, -20 + 12, 30 + 27));
});

Deno.test("a gradient can be differentiated again", () => {
  const [dx] = grad(sum(mul(mul(x, x), x)), [x]);
  const [ddx] = grad(sum(dx), [x]);
  assertEquals(interpret([ddx], at)[0], Float64Array.of(6, -12, 18));
});

Deno.test("gradients come in the order asked for, of inner tensors too", () => {
  const y = relu(x);
  const loss = sum(mul(y, y));
  const [dx, dy, dloss] = grad(loss, [x, y, loss]);
  const values = interpret([dx, dy, dloss], at).map((v) => [...v]);
  assertEquals(values, [[2, 0, 6], [2, 0, 6], [1]]);
});

Deno.test("pullback carries a cotangent of any shape", () => {
  const [a, b, dy] = [input("a", [1, 2]), input("b", [2, 1]), input("dy", [1, 1])];
  const gradients = pullback(matmul(a, b), dy, [a, b]);
  const feeds = new Map([[a, [2, 3]], [b, [5, 7]], [dy, [10]]]);
  assertEquals(interpret(gradients, feeds).map((v) => [...v]), [[50, 70], [20, 30]]);
});

Deno.test("an op without a gradient is no hindrance off the way", () => {
  const { gradient: _, ...forward } = reluOp;
  const step = defineOp<null>({ ...forward, name: "step" });
  const images = input("images", [2, 3]);
  const stepped = apply(step, [images], null);
  const w = input("w", [2, 3]);
  const [dw] = grad(sum(mul(stepped, w)), [w]);
  assertEquals(dw.shape, [2, 3]);
  assertThrows(
    () => grad(sum(stepped), [images]),
    TypeError,
    "it takes ops with a gradient, current is step#",
  );
});

Deno.test("what cannot be differentiated is refused with the tensor", () => {
  const { message } = assertThrows(
    () => grad(relu(x), [x]),
    ShapeError,
    "it takes a scalar [], current shape is [3]",
  );
  assertEquals(message.startsWith("Cannot differentiate relu#"), true);
  assertThrows(() => pullback(relu(x), input("dy", [4]), [x]), ShapeError, "its cotangent is input#");
  const stranger = input("stranger", [3]);
  assertThrows(
    () => grad(sum(x), [stranger]),
    TypeError,
    `by input#${stranger.id} [3]: it takes a tensor that the result depends on`,
  );
});

Deno.test("a gradient of another shape than its input is the op's fault, and named", () => {
  const op = defineOp<null>({ ...reluOp, name: "faulty", gradient: (_, dy) => [sum(dy)] });
  assertThrows(() => grad(sum(apply(op, [x], null)), [x]), ShapeError, "Cannot differentiate faulty#");
});
