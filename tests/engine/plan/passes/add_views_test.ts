import { assertEquals } from "@std/assert";
import { pullback } from "../../../../engine/autodiff/differentiate.ts";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { input } from "../../../../engine/graph/source.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { square } from "../../../../engine/ops/arithmetic/square.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { shortcut } from "../../../../engine/ops/conv/shortcut.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { addFromViews } from "../../../../engine/plan/passes/add_views.ts";
import { fuse } from "../../../../engine/plan/passes/fuse.ts";
import { fuseNorms } from "../../../../engine/plan/passes/fuse_norms.ts";
import { ofHalf } from "../../../half.ts";
import { deviceOf, evaluate, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";
import { normal } from "../../random.ts";

const MOVED = ["shortcut", "dilate", "depth_to_space"];

/** Images, the channels that a block makes of them, and its stride. */
interface Case {
  name: string;
  shape: [number, number, number, number];
  channels: number;
  stride: number;
  /** The ops whose results are still written. */
  left: string[];
}

const CASES: Case[] = [
  { name: "whole 4-vectors", shape: [3, 8, 6, 8], channels: 16, stride: 2, left: [] },
  { name: "channels shifted inside a 4-vector", shape: [2, 6, 8, 8], channels: 12, stride: 2, left: [] },
  { name: "channels that end inside a 4-vector", shape: [3, 4, 6, 6], channels: 10, stride: 2, left: [] },
  { name: "squares that are cut", shape: [2, 7, 8, 8], channels: 16, stride: 2, left: ["depth_to_space"] },
  { name: "a stride of 3", shape: [2, 9, 6, 4], channels: 12, stride: 3, left: [] },
  {
    name: "a stride of 3 that ends early",
    shape: [2, 8, 7, 4],
    channels: 4,
    stride: 3,
    left: ["depth_to_space"],
  },
];

/** The result of a block with a strided shortcut, and the gradient of the images before the block. */
function blockOf({ shape, channels, stride }: Omit<Case, "left">): Tensor[] {
  const x = relu(conv2d(input("x", shape), input("before", [shape[3], 1, 1, shape[3]])));
  const rows = input("weight", [channels, 3, 3, shape[3]]);
  const { y } = batchNormTraining(conv2d(x, rows, { stride, padding: 1 }), {
    gamma: input("gamma", [channels]),
    beta: input("beta", [channels]),
  });
  const result = relu(add(y, shortcut(x, { stride, channels })));
  return [result, ...pullback(result, input("dy", result.shape), [x.inputs[0]])];
}

function feedsOf(outputs: readonly Tensor[]): Map<Tensor, Float32Array> {
  const next = normal(5);
  const sources = inOrder(outputs).filter(({ op }) => op.name === "input");
  return new Map(sources.map((tensor) => [tensor, Float32Array.from({ length: tensor.size }, next)]));
}

const passes = (outputs: readonly Tensor[]) => addFromViews(fuseNorms(fuse(outputs)));
const movedIn = (outputs: readonly Tensor[]) => inOrder(outputs).filter(({ op }) => MOVED.includes(op.name));

for (const each of CASES) {
  Deno.test(`images are added before they are moved, ${each.name}`, () => {
    const outputs = blockOf(each);
    const feeds = feedsOf(outputs);
    const after = passes(outputs);
    assertEquals(movedIn(outputs).map(({ op }) => op.name).sort(), [...MOVED].sort());
    assertEquals(movedIn(after).map(({ op }) => op.name), each.left);
    const expected = interpret(outputs, feeds);
    interpret(after, feeds).forEach((values, i) =>
      assertClose(`output ${i}`, values, expected[i], { relative: 1e-12 })
    );
  });

  for (const family of FAMILIES) {
    for (const precision of each === CASES[0] ? ["f32", "f16"] as const : ["f32"] as const) {
      const of = precision === "f16" ? ofHalf : (name: string) => ({ name });
      Deno.test({
        ...of(`added before they are moved they have the same bits, ${each.name}, ${family}, ${precision}`),
        fn: async () => {
          const outputs = blockOf(each);
          const feeds = feedsOf(outputs);
          const own = Object.fromEntries(outputs.map((output, i) => [`output ${i}`, output]));
          // Whoever else reads moved images has them written.
          const read = Object.fromEntries(movedIn(outputs).map((node, i) => [`moved ${i}`, square(node)]));
          assertEquals(movedIn(passes([...outputs, ...Object.values(read)])).length, MOVED.length);
          const device = await deviceOf(family);
          const [seen, written] = [
            await evaluate(device, own, feeds, precision),
            await evaluate(device, { ...own, ...read }, feeds, precision),
          ];
          for (const name of Object.keys(own)) assertEquals(seen[name], written[name], name);
          if (precision === "f16") return;
          interpret(outputs, feeds).forEach((values, i) =>
            assertClose(`output ${i}`, seen[`output ${i}`], values)
          );
        },
      });
    }
  }
}

Deno.test("moved images that are an output are written", () => {
  const x = input("x", [2, 4, 4, 8]);
  const moved = shortcut(x, { stride: 2, channels: 8 });
  const [dx] = pullback(moved, input("dy", moved.shape), [x]);
  assertEquals(movedIn(passes([add(dx, x), dx])).map(({ op }) => op.name), ["dilate"]);
  assertEquals(movedIn(passes([add(dx, x)])), []);
});
