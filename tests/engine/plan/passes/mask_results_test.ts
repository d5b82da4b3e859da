import { assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { input } from "../../../../engine/graph/source.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { reluGrad } from "../../../../engine/ops/arithmetic/relu_grad.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { globalAvgPool } from "../../../../engine/ops/conv/global_avg_pool.ts";
import { matmul } from "../../../../engine/ops/matmul/matmul.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { pullback } from "../../../../engine/autodiff/differentiate.ts";
import { fuse } from "../../../../engine/plan/passes/fuse.ts";
import { maskResults } from "../../../../engine/plan/passes/mask_results.ts";
import { ofHalf } from "../../../half.ts";
import { deviceOf, evaluate, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";
import { inTexture } from "../../in_texture.ts";
import { normal } from "../../random.ts";

const x = input("x", [2, 5, 6, 7]);
const skip = input("skip", [2, 5, 6, 7]);
const weight = input("weight", [7, 3, 3, 7]);
const conv = (of: Tensor, stride = 1) => conv2d(of, weight, { padding: 1, stride });
const next = normal(5);

/** Values of every input of a graph. */
function feedsOf(outputs: readonly Tensor[]): Map<Tensor, Float32Array> {
  const sources = inOrder(outputs).filter(({ op }) => op.name === "input");
  return new Map(sources.map((tensor) => [tensor, Float32Array.from({ length: tensor.size }, next)]));
}

/** Lets results be masked, checks in float64 and on the devices that the values stay, and counts what is left. */
async function left(outputs: Tensor[], precision: "f32" | "f16" = "f32"): Promise<Record<string, number>> {
  const feeds = feedsOf(outputs);
  const masked = maskResults(fuse(outputs));
  const [before, after] = [interpret(outputs, feeds), interpret(masked, feeds)];
  after.forEach((values, i) => assertClose(`masked output ${i}`, values, before[i], { relative: 1e-12 }));
  const named = Object.fromEntries(outputs.map((output, i) => [`output ${i}`, output]));
  for (const family of FAMILIES) {
    const values = await evaluate(await deviceOf(family), named, feeds, precision);
    const tolerance = precision === "f16" ? { relative: 2 ** -8 } : {};
    outputs.forEach((_, i) => assertClose(`${family} ${i}`, values[`output ${i}`], before[i], tolerance));
  }
  const names = inOrder(masked).map(({ op }) => op.name).filter((name) => /relu_grad|masked/.test(name));
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].map(([name, { length }]) => [name, length]),
  );
}

/** Gradients of a tensor by x and the others. */
const gradients = (y: Tensor, wrt = [x, weight]) => pullback(y, input("dy", y.shape), wrt);

Deno.test("the gradient of a rectifier goes into the convolution before it, with the skip's", async () => {
  const block = (of: Tensor, add_: Tensor) => relu(add(conv(of), add_));
  const y = conv(relu(add(conv(block(x, skip)), skip)));
  assertEquals(await left(gradients(y)), { conv2d_masked: 2 });
  const two = block(block(x, skip), x);
  // The last rectifier's gradient comes from outside.
  assertEquals(await left(gradients(two)), { relu_grad: 1, conv2d_masked: 1 });
});

Deno.test("into a sum, a square of phases, a mean's gradient and a product", async () => {
  assertEquals(await left(gradients(conv(relu(conv(x)), 2))), { depth_to_space_masked: 1 });
  assertEquals(await left(gradients(globalAvgPool(relu(conv(x))))), { global_avg_pool_grad_masked: 1 });
  const r = relu(conv(x));
  assertEquals(await left(gradients(add(conv(r, 2), conv(r, 2)))), { add_masked: 1 });
  const [a, b] = [input("a", [5, 6]), input("b", [6, 3])];
  assertEquals(await left(pullback(matmul(relu(a), b), input("da", [5, 3]), [a])), { matmul_masked: 1 });
});

Deno.test("a mask in a texture beside operands in buffers", async () => {
  const [y, dy] = [input("y", [3, 4, 5, 6]), input("dy", [3, 4, 5, 6])];
  assertEquals(await left([reluGrad(inTexture(relu(y)), add(dy, dy))]), { add_masked: 1 });
  assertEquals(await left([inTexture(reluGrad(y, add(dy, dy)))]), { add_masked: 1 });
});

Deno.test("what something else reads, and an output, keep their values: the gradient stays", async () => {
  const r = relu(x);
  const dr = conv(skip);
  assertEquals(await left([reluGrad(r, dr), dr]), { relu_grad: 1 });
  assertEquals(await left([reluGrad(r, dr), add(dr, dr)]), { relu_grad: 1 });
});

Deno.test({
  ...ofHalf("results in f16 are masked"),
  fn: async () => {
    const y = conv(relu(add(conv(x), skip)));
    const [dx] = gradients(y);
    assertEquals(await left([dx], "f16"), { conv2d_masked: 1 });
  },
});
