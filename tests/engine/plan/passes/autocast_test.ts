import { assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import type { Family, Tensor } from "../../../../engine/graph/node.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { linear } from "../../../../engine/ops/matmul/linear.ts";
import { logSoftmax } from "../../../../engine/ops/loss/log_softmax.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { globalAvgPool } from "../../../../engine/ops/conv/global_avg_pool.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { reshape } from "../../../../engine/ops/shape/reshape.ts";
import { scale } from "../../../../engine/ops/arithmetic/scale.ts";
import { input, parameter } from "../../../../engine/graph/source.ts";
import { mean } from "../../../../engine/ops/statistics/mean.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { autocast } from "../../../../engine/plan/passes/autocast.ts";
import { place } from "../../../../engine/plan/passes/place.ts";
import { pack } from "../../../../engine/ops/shape/pack.ts";

/** The ops of the graph in order, sources left out, with an `h` after those that are stored in f16. */
function storedAs(outputs: Tensor[], family: Family = "tile"): string[] {
  const placed = place(outputs, family, 8192);
  const order = inOrder(placed.outputs);
  const computed = order.filter(({ op }) => op.lower).map((node) => ({
    node,
    lowering: node.op.lower!(node, {
      family,
      inputs: node.inputs.map((tensor) => placed.places.get(tensor)!),
      formats: node.inputs.map(() => "f32"),
      output: placed.places.get(node)!,
      binding: 2 ** 27,
      subgroup: 0,
      workgroupBytes: 16384,
    }),
  }));
  const found = autocast(order, placed.outputs, computed);
  return order.filter(({ inputs }) => inputs.length > 0)
    .map((node) => node.op.name + (found.has(node) ? " h" : ""));
}

const x = input("x", [4, 8, 8, 3]);
const weight = parameter("weight", [16, 3, 3, 3]);
const images = conv2d(x, weight);

Deno.test("activations and packed filters are stored in f16, what the host reads is not", () => {
  for (const family of ["tile", "lane"] as const) {
    const names = ["pack_filters h", "conv2d h", "relu h", "global_avg_pool"];
    assertEquals(storedAs([globalAvgPool(relu(images))], family), names);
  }
});

Deno.test("statistics are stored in f32, what is normalised by them in f16", () => {
  const [gamma, beta] = [parameter("gamma", [16]), parameter("beta", [16])];
  const { y } = batchNormTraining(images, { gamma, beta });
  const names = ["pack_filters h", "conv2d h", "channel_moments", "batch_norm_training h", "relu"];
  assertEquals(storedAs([relu(y)]), names);
});

Deno.test("losses are stored in f32, and so is what is calculated from f32 of the same size", () => {
  const logits = linear(input("f", [8, 16]), parameter("w", [10, 16]));
  const target = input("target", [8, 10]);
  const loss = mean(mul(add(logSoftmax(scale(logits, 2)), target), target));
  const names = ["permute", "matmul h", "scale h", "log_softmax", "add", "mul", "sum", "scale"];
  assertEquals(storedAs([loss]), names);
});

Deno.test("gradients of activations are stored in f16, gradients of parameters in f32", () => {
  const y = relu(conv2d(relu(images), parameter("w2", [16, 3, 3, 16])));
  const names = storedAs([pack(grad(mean(y), [weight]))]);
  assertEquals(names.filter((name) => /relu_grad|turn|conv2d|unpack|pack$/.test(name)), [
    "conv2d h",
    "conv2d h",
    "relu_grad",
    "turn_filters h",
    "conv2d h",
    "relu_grad h",
    "conv2d_filters_grad",
    "unpack_filters",
    "pack",
  ]);
});

Deno.test("what another tensor names the memory of is stored as that one is read", () => {
  const y = relu(images);
  assertEquals(storedAs([y, reshape(y, [48, 48])]), ["pack_filters h", "conv2d h", "relu", "reshape"]);
  const read = scale(reshape(relu(images), [48, 48]), 2);
  assertEquals(storedAs([read]), ["pack_filters h", "conv2d h", "relu h", "reshape", "scale"]);
});

Deno.test("what a kernel reads without an accessor is stored in f32", () => {
  const op = {
    ...relu(images).op,
    lower: () => ({
      kernels: [{
        label: "plain",
        code: "//#include given",
        includes: { given: "//#dense x vec4f\n//#dense y vec4f update" },
        bind: { x: { input: 0 }, y: { output: true as const } },
        constants: {},
        workgroups: [1, 1, 1] as const,
      }],
    }),
  };
  const y = relu(images);
  const plain = Object.assign(Object.create(Object.getPrototypeOf(y)), y, { op, inputs: [y] });
  assertEquals(storedAs([relu(plain)]), ["pack_filters h", "conv2d h", "relu", "relu", "relu"]);
});
