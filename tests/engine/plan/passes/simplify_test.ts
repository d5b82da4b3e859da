import { assert, assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { expand, sum } from "../../../../engine/ops/reduce/sum.ts";
import { linear } from "../../../../engine/ops/matmul/linear.ts";
import { matmul } from "../../../../engine/ops/matmul/matmul.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { scale } from "../../../../engine/ops/arithmetic/scale.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { input } from "../../../../engine/graph/source.ts";
import { stopGradient } from "../../../../engine/ops/shape/stop_gradient.ts";
import { mean } from "../../../../engine/ops/statistics/mean.ts";
import { transpose } from "../../../../engine/ops/shape/transpose.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { simplify } from "../../../../engine/plan/passes/simplify.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { deviceOf, evaluate, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";
import { normal } from "../../random.ts";

const [a, b] = [input("a", [4, 3]), input("b", [4, 5])];

/** Simplifies, checks that the values stay, and names the ops that are left. */
function left(...outputs: Tensor[]): string[] {
  const simple = simplify(outputs);
  const next = normal(5);
  const sources = inOrder(outputs).filter(({ op }) => op.name === "input");
  const feeds = new Map(sources.map((tensor) => [tensor, Float64Array.from({ length: tensor.size }, next)]));
  const [before, after] = [interpret(outputs, feeds), interpret(simple, feeds)];
  after.forEach((values, i) => assertClose(`output ${i}`, values, before[i], { relative: 1e-12 }));
  return inOrder(simple).filter(({ op }) => op.name !== "input").map(({ op }) => op.name);
}

Deno.test("the transpose of a product with a transpose becomes a product", () => {
  assertEquals(left(transpose(matmul(transpose(a), b))), ["permute", "matmul"]);
  const batches = [input("p", [2, 4, 3]), input("q", [2, 4, 5])];
  assertEquals(left(transpose(matmul(transpose(batches[0]), batches[1]))), ["permute", "matmul"]);
});

Deno.test("the gradient of a linear layer's weight takes one transpose", () => {
  const [x, weight] = [input("x", [4, 3]), input("w", [5, 3])];
  const y = linear(x, weight);
  const [dw] = grad(sum(mul(y, y)), [weight]);
  const names = left(dw);
  assertEquals(names.filter((name) => name === "permute").length, 2); // of the weight, and of dy
  assertEquals(names.at(-1), "matmul");
});

Deno.test("other transposes stay: of a product without one, with a bias, or that is read elsewhere", () => {
  const square = input("s", [4, 4]);
  assertEquals(left(transpose(matmul(square, b))), ["matmul", "permute"]);
  assertEquals(left(transpose(linear(a, input("w", [5, 3]), input("bias", [5])))), [
    "permute",
    "matmul",
    "permute",
  ]);
  const product = matmul(transpose(a), b);
  assertEquals(left(transpose(product), relu(product)), ["permute", "matmul", "permute", "relu"]);
  assertEquals(left(transpose(product), product), ["permute", "matmul", "permute"]);
});

Deno.test("what is repeated for an op that repeats by itself is not, unless it makes the op's shape", () => {
  const row = input("row", [3]);
  assertEquals(left(mul(a, expand(row, [4, 3]))), ["mul"]);
  assertEquals(left(mul(expand(row, [4, 3]), expand(input("s", []), [4, 3]))), ["expand", "mul"]);
  assertEquals(left(relu(expand(row, [4, 3]))), ["expand", "relu"]);
  const [da] = grad(mean(mul(mul(a, a), a)), [a]);
  assert(!left(da).includes("expand"), left(da).join(" "));
});

Deno.test("the marks at which differentiation stops go, as outputs too", () => {
  assertEquals(left(relu(stopGradient(relu(a)))), ["relu", "relu"]);
  const stopped = stopGradient(a);
  assert(simplify([stopped])[0] === a);
});

Deno.test("a sum takes the factor behind it, unless the sum is read elsewhere", () => {
  assertEquals(left(mean(a)), ["sum"]);
  assertEquals(left(scale(scale(sum(a, 0), 3), 0.5)), ["sum", "scale"]);
  const total = sum(a);
  assertEquals(left(scale(total, 2), total), ["sum", "scale"]);
});

for (const family of FAMILIES) {
  Deno.test(`a sum with a factor has the bits of the two, ${family}`, async () => {
    const device = await deviceOf(family);
    // Rows and columns, in one stage and in two.
    for (
      const [shape, axes] of [[[7, 5], [1]], [[70, 6], [0]], [[5, 40_000], [1]], [[1500, 6], [0]], [[9], [0]]]
    ) {
      const x = input("x", shape);
      const total = sum(x, axes);
      const feeds = new Map([[x, Float32Array.from({ length: x.size }, normal(3))]]);
      const { alone } = await evaluate(device, { alone: scale(total, 1 / 3) }, feeds);
      const { beside } = await evaluate(device, { beside: scale(total, 1 / 3), total }, feeds);
      assertEquals(alone, beside, shape.join(" x "));
    }
  });
}
