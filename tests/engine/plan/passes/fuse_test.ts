import { assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { batchNorm } from "../../../../engine/ops/norm/batch_norm.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { input } from "../../../../engine/graph/source.ts";
import { fuse } from "../../../../engine/plan/passes/fuse.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { assertClose } from "../../close.ts";
import { normal } from "../../random.ts";

const x = input("x", [2, 5, 4, 3]);
const vectors = Object.fromEntries(
  ["gamma", "beta", "mean", "variance"].map((name) => [name, input(name, [3])]),
) as Record<"gamma" | "beta" | "mean" | "variance", Tensor>;
const [w1, w2] = [input("w1", [3, 3, 3, 3]), input("w2", [3, 3, 3, 3])];
const conv = (from: Tensor, weight: Tensor = w1) => conv2d(from, weight, { padding: 1 });

/** Fuses, checks that the values stay, and names the ops that are left, sources and packing aside. */
function left(...outputs: Tensor[]): string[] {
  const fused = fuse(outputs);
  const next = normal(3);
  const feeds = new Map(
    inOrder(outputs).filter(({ op }) => op.name === "input").map((tensor) => [
      tensor,
      Float64Array.from({ length: tensor.size }, () => Math.abs(next())),
    ]),
  );
  const [before, after] = [interpret(outputs, feeds), interpret(fused, feeds)];
  after.forEach((values, i) => assertClose(`fused output ${i}`, values, before[i], { relative: 1e-12 }));
  const sources = ["input", "pack_filters", "batch_norm_scale"];
  return inOrder(fused).filter(({ op }) => !sources.includes(op.name)).map(({ op, attrs }) => {
    const fusedIn = Object.entries(attrs ?? {}).filter(([, value]) => value === true).map(([name]) =>
      `+${name}`
    );
    return [op.name, ...fusedIn].join(" ");
  });
}

const SHIFT = ["mul", "sub"]; // beta - mean * scale

Deno.test("convolution, norm, sum and relu become one convolution", () => {
  assertEquals(left(relu(conv(x))), ["conv2d +relu"]);
  assertEquals(left(batchNorm(conv(x), vectors)), [...SHIFT, "conv2d +bias"]);
  assertEquals(left(add(conv(x), x)), ["conv2d +residual"]);
  assertEquals(left(add(x, conv(x))), ["conv2d +residual"]);
  const all = relu(add(batchNorm(conv(x), vectors), x));
  assertEquals(left(all), [...SHIFT, "conv2d +bias +residual +relu"]);
});

Deno.test("a residual block becomes two convolutions", () => {
  const y = relu(batchNorm(conv(x), vectors));
  const block = relu(add(batchNorm(conv(y, w2), vectors), x));
  const convolutions = left(block).filter((name) => name.startsWith("conv2d"));
  assertEquals(convolutions, ["conv2d +bias +relu", "conv2d +bias +residual +relu"]);
});

Deno.test("of two convolutions that are added one takes in the other", () => {
  assertEquals(left(add(conv(x, w1), conv(x, w2))), ["conv2d", "conv2d +residual"]);
});

Deno.test("a sum that repeats one of its sides is no residual", () => {
  assertEquals(left(add(conv(x), input("bias", [3]))), ["conv2d", "add"]);
  assertEquals(left(add(conv(input("image", [1, 5, 4, 3])), x)), ["conv2d", "add"]);
});

Deno.test("a convolution that is read twice stays as it is", () => {
  const y = conv(x);
  assertEquals(left(add(relu(y), y)), ["conv2d", "relu", "add"]);
  assertEquals(left(add(y, y)), ["conv2d", "add"]);
});

Deno.test("a convolution that is an output stays as it is", () => {
  const y = conv(x);
  assertEquals(left(y, relu(y)), ["conv2d", "relu"]);
});

Deno.test("a norm by the batch's statistics is not folded: they are of the convolution's result", () => {
  const { y } = batchNormTraining(conv(x), vectors);
  assertEquals(left(y), ["conv2d", "channel_moments", "batch_norm_training"]);
});

Deno.test("what follows a relu is not fused into the convolution before it", () => {
  const y = relu(conv(x));
  assertEquals(left(batchNorm(y, vectors)), ["conv2d +relu", "batch_norm"]);
  assertEquals(left(add(y, x)), ["conv2d +relu", "add"]);
  assertEquals(left(relu(y)), ["conv2d +relu", "relu"]);
});

Deno.test("a norm after a sum, a second norm and a second sum are not folded", () => {
  assertEquals(left(batchNorm(add(conv(x), x), vectors)), ["conv2d +residual", "batch_norm"]);
  const twice = batchNorm(batchNorm(conv(x), vectors), vectors);
  assertEquals(left(twice), [...SHIFT, "conv2d +bias", "batch_norm"]);
  assertEquals(left(add(add(conv(x), x), x)), ["conv2d +residual", "add"]);
});

Deno.test("other ops are left alone", () => {
  assertEquals(left(relu(mul(x, x))), ["mul", "relu"]);
});
