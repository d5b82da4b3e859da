import { assert, assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { input } from "../../../../engine/graph/source.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { channelMoments } from "../../../../engine/ops/norm/channel_moments.ts";
import { row } from "../../../../engine/ops/shape/row.ts";
import { pullback } from "../../../../engine/autodiff/differentiate.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { fuseNorms } from "../../../../engine/plan/passes/fuse_norms.ts";
import { joinParts } from "../../../../engine/plan/passes/join_parts.ts";
import { ofHalf } from "../../../half.ts";
import { deviceOf, evaluate, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";
import { normal } from "../../random.ts";

// Channels that end inside a 4-vector; the last part is shorter than the others.
const SHAPE = [5, 9, 7, 6];
const [x, skip] = [input("x", SHAPE), input("skip", SHAPE)];
const [gamma, beta] = [input("gamma", [6]), input("beta", [6])];
const norm = (of: Tensor) => batchNormTraining(of, { gamma, beta });
const next = normal(7);

/** A result and its gradients by everything. The result is wanted: a rectifier's gradient alone needs no norm. */
const gradients = (y: Tensor) => [y, ...pullback(y, input("dy", y.shape), [x, gamma, beta])];

function feedsOf(outputs: readonly Tensor[]): Map<Tensor, Float32Array> {
  const sources = inOrder(outputs).filter(({ op }) => op.name === "input");
  return new Map(sources.map((tensor) => [tensor, Float32Array.from({ length: tensor.size }, next)]));
}

/** Joins the parts in the lane family, checks that values stay, and names the ops of norms that are left. */
async function left(outputs: Tensor[], precision: "f32" | "f16" = "f32"): Promise<string[]> {
  const feeds = feedsOf(outputs);
  const before = fuseNorms(outputs);
  const after = joinParts(before, "lane");
  const [expected, found] = [interpret(outputs, feeds), interpret(after, feeds)];
  found.forEach((values, i) => assertClose(`joined output ${i}`, values, expected[i], { relative: 1e-12 }));
  const named = Object.fromEntries(outputs.map((output, i) => [`${i}`, output]));
  for (const family of FAMILIES) {
    const values = await evaluate(await deviceOf(family), named, feeds, precision);
    const tolerance = precision === "f16" ? { relative: 2 ** -8, absolute: 1e-3 } : { relative: 2e-5 };
    outputs.forEach((_, i) => assertClose(`${family} output ${i}`, values[`${i}`], expected[i], tolerance));
  }
  return inOrder(after).map(({ op }) => op.name).filter((name) => /norm|moment|told/.test(name));
}

const FORWARD = ["channel_moment_parts", "batch_norm_training"];
const BACKWARD = ["batch_norm_sum_parts", "batch_norm_training_grad"];

Deno.test("a norm joins the parts of its moments, its gradient those of its sums", async () => {
  assertEquals(await left([norm(x).y]), FORWARD);
  const all = [...FORWARD, "told_moments", ...BACKWARD, "told_sums"];
  assertEquals((await left(gradients(relu(norm(x).y)))).sort(), all.sort());
  assertEquals((await left(gradients(relu(add(norm(x).y, skip))))).sort(), all.sort());
});

Deno.test("moments that are read before the norm, or are an output, are told by it", async () => {
  const { y, moments } = norm(x);
  const told = [...FORWARD, "told_moments"];
  assertEquals((await left([row(moments, 1), y])).sort(), told.toSorted());
  assertEquals((await left([moments, y])).sort(), told.toSorted());
});

Deno.test("two layers, and two norms of one tensor", async () => {
  const twice = [...FORWARD, ...FORWARD, "told_moments", "told_moments"];
  const back = [...BACKWARD, ...BACKWARD, "told_sums", "told_sums"];
  const y = relu(norm(mul(relu(norm(x).y), 2)).y);
  assertEquals((await left(gradients(y))).sort(), [...twice, ...back].sort());
  const moments = channelMoments(x);
  const both = ["y", "z"].map((name) => {
    const one = batchNormTraining(x, { gamma: input(name, [6]), beta });
    return { ...one, moments };
  });
  assertEquals((await left(both.map(({ y }) => y))).sort(), [...FORWARD, ...FORWARD].sort());
});

Deno.test("moments of another tensor, and moments alone, stay", async () => {
  assertEquals(await left([channelMoments(x)]), ["channel_moments"]);
});

Deno.test("a norm whose residual or factor is computed from its moments takes them whole", async () => {
  const { y, moments } = norm(x);
  const whole = ["channel_moments", "batch_norm_training"];
  assertEquals(await left([add(y, mul(row(moments, 0), skip))]), whole);
});

Deno.test("of norms that would wait for one another none joins parts", async () => {
  const [a, b] = [norm(x), norm(skip)];
  const y = add(a.y, mul(row(b.moments, 0), x));
  const z = add(b.y, mul(row(a.moments, 0), skip));
  const whole = ["channel_moments", "batch_norm_training"];
  assertEquals((await left([y, z])).sort(), [...whole, ...whole].sort());
});

Deno.test("tensors of many parts keep the kernel that joins them, and so does the tile family", () => {
  const long = input("long", [300_000, 64]);
  const [g, b] = [input("g", [64]), input("b", [64])];
  const { y } = batchNormTraining(long, { gamma: g, beta: b });
  const wide = inOrder(joinParts([y], "lane")).map(({ op }) => op.name);
  assert(wide.includes("channel_moments"));
  const wanted = inOrder(joinParts([norm(input("images", [64, 16, 16, 6])).y], "tile"));
  assert(wanted.some(({ op }) => op.name === "channel_moments"));
});

Deno.test("what is told lives as long as it is read, run after run", async () => {
  const y = relu(norm(mul(relu(norm(x).y), 2)).y);
  const outputs = gradients(y);
  const feeds = feedsOf(outputs);
  const expected = interpret(outputs, feeds);
  for (const family of FAMILIES) {
    const named = Object.fromEntries(outputs.map((output, i) => [`${i}`, output]));
    using plan = await Plan.make(await deviceOf(family), { outputs: named });
    const values = Object.fromEntries(
      [...feeds].map(([{ attrs }, own]) => [(attrs as { name: string }).name, own]),
    );
    const wild = Object.fromEntries(
      Object.entries(values).map(([name, own]) => [name, own.map((v) => 1e3 * v)]),
    );
    for (const fed of [wild, values]) plan.run(fed);
    for (const i of outputs.keys()) {
      assertClose(`${family} ${i}`, await plan.read(`${i}`), expected[i], { relative: 2e-5 });
    }
  }
});

Deno.test({
  ...ofHalf("moments and sums are joined in f32 where activations are in f16"),
  fn: async () => {
    const all = [...FORWARD, "told_moments", ...BACKWARD, "told_sums"];
    assertEquals((await left(gradients(relu(norm(relu(x)).y)), "f16")).sort(), all.sort());
  },
});
