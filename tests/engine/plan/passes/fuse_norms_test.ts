import { assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../../engine/ops/arithmetic/scale.ts";
import { input } from "../../../../engine/graph/source.ts";
import { pullback } from "../../../../engine/autodiff/differentiate.ts";
import { fuseNorms } from "../../../../engine/plan/passes/fuse_norms.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { deviceOf, evaluate, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";
import { normal } from "../../random.ts";

// Rows that no invocation takes alone, channels that end inside a 4-vector.
const x = input("x", [5, 9, 7, 6]);
const [gamma, beta] = [input("gamma", [6]), input("beta", [6])];
const [skip, dy] = [input("skip", x.shape), input("dy", x.shape)];
const next = normal(11);
const feeds = new Map(
  [x, gamma, beta, skip, dy].map((t) => [t, Float32Array.from({ length: t.size }, next)]),
);
const norm = (of: Tensor) => batchNormTraining(of, { gamma, beta }).y;

/** Fuses, checks in float64 and on the device that the values stay, and names the ops that are left. */
async function left(...outputs: Tensor[]): Promise<string[]> {
  const fused = fuseNorms(outputs);
  const [before, after] = [interpret(outputs, feeds), interpret(fused, feeds)];
  after.forEach((values, i) => assertClose(`fused output ${i}`, values, before[i], { relative: 1e-12 }));
  for (const family of FAMILIES) {
    const named = Object.fromEntries(outputs.map((output, i) => [`output ${i}`, output]));
    Object.values(await evaluate(await deviceOf(family), named, feeds)).forEach((values, i) =>
      assertClose(`${family} output ${i}`, values, before[i])
    );
  }
  return inOrder(fused).filter(({ op }) => !["input", "channel_moments", "row"].includes(op.name))
    .map(({ op, attrs }) => {
      const flags = Object.entries(attrs ?? {}).filter(([, value]) => value === true).map(([name]) =>
        `+${name}`
      );
      return [op.name.replace("batch_norm_", ""), ...flags].join(" ");
    });
}

/** The gradients of y by everything. */
const gradients = (y: Tensor, wrt = [x, gamma, beta]) => pullback(y, dy, wrt);

Deno.test("norm, sum and relu become one norm", async () => {
  assertEquals(await left(relu(norm(x))), ["training +relu"]);
  assertEquals(await left(add(norm(x), skip)), ["training +residual"]);
  assertEquals(await left(relu(add(skip, norm(x)))), ["training +relu +residual"]);
});

Deno.test("of two norms that are added one takes in the other", async () => {
  assertEquals(await left(relu(add(norm(x), norm(skip)))), ["training", "training +relu +residual"]);
});

Deno.test("the gradient of a relu behind a norm goes into the norm's", async () => {
  const y = relu(norm(x));
  assertEquals(await left(...gradients(y)), ["sums +masked", "training_grad +masked"]);
  // The result is not read by its gradient, only given out.
  assertEquals(await left(y, ...gradients(y)), ["training +relu", "sums +masked", "training_grad +masked"]);
});

Deno.test("through two layers", async () => {
  const y = relu(norm(scale(relu(norm(x)), 2)));
  const twice = [...Array(2)].flatMap(() => ["sums +masked", "training_grad +masked", "scale"]);
  // Both layers share gamma and beta, whose gradients are added up.
  assertEquals((await left(...gradients(y))).sort(), [...twice, "training +relu", "add", "add"].sort());
});

Deno.test("a relu behind a sum keeps its gradient: it goes to the skip as well", async () => {
  const y = relu(add(norm(x), skip));
  assertEquals(await left(...gradients(y, [x, gamma, beta, skip])), [
    "training +relu +residual",
    "relu_grad",
    "sums",
    "training_grad",
  ]);
});

Deno.test("a norm that is read twice, or is an output, stays; the gradient of its relu goes into its own", async () => {
  const n = norm(x);
  assertEquals(await left(add(relu(n), n)), ["training", "relu", "add"]);
  assertEquals(await left(n, relu(n)), ["training", "relu"]);
  const y = relu(n);
  assertEquals(await left(n, ...gradients(y)), ["training", "sums +masked", "training_grad +masked"]);
});

Deno.test("a relu's gradient that something else reads stays", async () => {
  const n = norm(x);
  const [dn, dx] = pullback(relu(n), dy, [n, x]);
  assertEquals(await left(dn, dx), ["training +relu", "relu_grad", "sums", "training_grad"]);
  assertEquals(await left(mul(dn, dn), dx), ["training +relu", "relu_grad", "mul", "sums", "training_grad"]);
});
