import { assert, assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import type { Family, Tensor } from "../../../../engine/graph/node.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { linear } from "../../../../engine/ops/matmul/linear.ts";
import { matmul } from "../../../../engine/ops/matmul/matmul.ts";
import { normalize } from "../../../../engine/ops/norm/normalize.ts";
import { globalAvgPool } from "../../../../engine/ops/conv/global_avg_pool.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { softmaxNll } from "../../../../engine/ops/loss/softmax_nll.ts";
import { constant, input, parameter } from "../../../../engine/graph/source.ts";
import { place } from "../../../../engine/plan/passes/place.ts";

/** The ops of the placed graph in order, with a `@` after those in textures. */
function placed(family: Family, outputs: Tensor[], maxTextureSize = 8192, maxTextures?: number): string[] {
  const { outputs: after, places } = place(outputs, family, maxTextureSize, maxTextures);
  return inOrder(after).map((node) => {
    const at = places.get(node);
    assert(at, `${node.describe()} has no place`);
    return node.op.name + (at === "texture" ? "@" : "");
  });
}

const images = input("images", [4, 8, 8, 3], "u8");
const x = input("x", [4, 8, 8, 3]);
const weight = parameter("weight", [16, 3, 3, 3]);

Deno.test("the lane family computes images and matrices in textures", () => {
  const y = globalAvgPool(conv2d(normalize(images, { mean: [0, 0, 0], std: [1, 1, 1] }), weight));
  const names = ["input", "normalize@", "parameter", "pack_filters@", "conv2d@", "global_avg_pool"];
  assertEquals(placed("lane", [y]), names);
});

Deno.test("the tile family computes everything in buffers, without copies", () => {
  const y = globalAvgPool(conv2d(x, weight));
  assertEquals(placed("tile", [y]), ["input", "parameter", "pack_filters", "conv2d", "global_avg_pool"]);
});

Deno.test("an input or constant that a kernel wants fast is written to a texture by the host", () => {
  assertEquals(placed("lane", [conv2d(x, weight)])[0], "input@");
  assertEquals(placed("lane", [relu(x)])[0], "input");
  const known = constant([1, 2, 3, 4, 5, 6], [2, 3]);
  assertEquals(placed("lane", [matmul(known, parameter("b", [3, 2]))]), [
    "constant@",
    "parameter",
    "copy@",
    "matmul",
  ]);
  assertEquals(placed("lane", [relu(known)])[0], "constant");
});

Deno.test("a prior is where the loss loads its logits fast", () => {
  const loss = softmaxNll(input("logits", [2, 8]), input("labels", [2], "u32"), parameter("prior", [8]));
  assertEquals(placed("lane", [loss]), ["input@", "input", "parameter", "reshape", "copy@", "softmax_nll"]);
});

Deno.test("what the host reads is in a buffer; a kernel that wants it fast reads a copy", () => {
  const y = relu(conv2d(x, weight));
  const z = conv2d(y, parameter("w2", [4, 1, 1, 16]));
  const names = [
    "input@",
    "parameter",
    "pack_filters@",
    "conv2d@",
    "relu",
    "copy@",
    "parameter",
    "pack_filters@",
  ];
  assertEquals(placed("lane", [y, z]), [...names, "conv2d"]);
});

Deno.test("several readers share one copy", () => {
  const a = parameter("a", [8, 8]);
  const y = linear(linear(a, parameter("b", [8, 8])), a);
  const copies = placed("lane", [y]).filter((name) => name.startsWith("copy"));
  assertEquals(copies, ["copy@"]); // of a as the left factor; its transpose is computed into a texture
});

Deno.test("a kernel that wants a buffer gets one, and one that wants a texture its copy", () => {
  // Images that are filters as well.
  const both = relu(parameter("p", [4, 1, 1, 4]));
  const names = placed("lane", [relu(conv2d(both, both))]);
  assertEquals(names, ["parameter", "relu", "copy@", "pack_filters@", "conv2d@", "relu"]);
});

Deno.test("vectors and what is too large for a texture stay in buffers", () => {
  assertEquals(placed("lane", [relu(relu(input("v", [64])))]), ["input", "relu", "relu"]);
  const tall = input("tall", [1, 100, 8, 4]);
  const y = relu(conv2d(tall, parameter("w", [4, 1, 1, 4])));
  const textures = (maxSize: number) => placed("lane", [y], maxSize).filter((name) => name.endsWith("@"));
  assertEquals(textures(99), ["pack_filters@"]);
  assertEquals(textures(100), ["input@", "pack_filters@", "conv2d@"]);
});

Deno.test("where a kernel binds few textures, its smallest inputs are in buffers, without a copy", () => {
  const y = relu(conv2d(x, weight));
  const names = (most: number) => placed("lane", [y], 8192, most).slice(0, 4);
  assertEquals(names(3), ["input@", "parameter", "pack_filters@", "conv2d@"]);
  assertEquals(names(2), ["input@", "parameter", "pack_filters", "conv2d@"]);
  assertEquals(names(1), ["input", "parameter", "pack_filters", "conv2d@"]);
  // A parameter as filters would be copied to a texture.
  const copied = placed("lane", [matmul(x2(), parameter("b", [3, 2]))], 8192, 1);
  assertEquals(copied, ["constant@", "parameter", "matmul"]);
});

const x2 = () => constant([1, 2, 3, 4, 5, 6], [2, 3]);
