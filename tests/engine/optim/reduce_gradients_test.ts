// Gradients that all ranks add up in buckets, and steps of an optimiser by them.

import { assert, assertEquals } from "@std/assert";
import type { Communicator } from "../../../engine/graph/communicator.ts";
import type { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import { inOrder } from "../../../engine/graph/graph.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { mul } from "../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { linear } from "../../../engine/ops/matmul/linear.ts";
import { sum } from "../../../engine/ops/reduce/sum.ts";
import { reduceGradients } from "../../../engine/optim/reduce_gradients.ts";
import { sgd } from "../../../engine/optim/sgd.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { assertClose } from "../close.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { inProcess } from "../ops/collective/in_process.ts";

const ROWS = [5, 4];
const WIDTHS = [6, 20, 13, 3];

const numbers = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + seed) / 2);

/** Weights and biases of a few layers, and a loss over rows. */
function network() {
  const layers = WIDTHS.slice(1).map((out, n) => ({
    weight: parameter(`weight ${n}`, [out, WIDTHS[n]]),
    bias: parameter(`bias ${n}`, [out]),
  }));
  const lossOf = (x: Tensor) => {
    const y = layers.reduce((y, { weight, bias }) => relu(linear(y, weight, bias)), x);
    return sum(mul(y, y));
  };
  return { tensors: layers.flatMap(({ weight, bias }) => [weight, bias]), lossOf };
}

const valueOf = (tensor: Tensor, n: number) => numbers(tensor.size, n);

/** The gradients that a rank gets, how many times it is asked for them, and its weights after a step. */
async function ofRank(device: Device, communicator: Communicator, x: Float32Array, bucketBytes?: number) {
  const { tensors, lossOf } = network();
  using store = new Parameters(device, tensors, "weights");
  tensors.forEach((tensor, n) => store.write(tensor, valueOf(tensor, n)));
  using optimizer = sgd(store, { momentum: 0.9, clipNorm: 1 });
  const images = input("x", [x.length / WIDTHS[0], WIDTHS[0]]);
  const gradient = reduceGradients(grad(lossOf(images), tensors), communicator, { bucketBytes });
  using plan = await Plan.make(device, {
    outputs: { gradient },
    updates: [optimizer.step(gradient, input("lr", []))],
    parameters: [store, optimizer.state],
  });
  await plan.runAsync({ x, lr: Float32Array.of(0.1) });
  const steps = plan.steps.map(({ node }) => node.op.name);
  return { gradient: await plan.read("gradient"), weights: [...(await store.read()).values()], plan, steps };
}

Deno.test("gradients of all ranks are added up in buckets, laid out as a store", async () => {
  const { tensors, lossOf } = network();
  const all = ROWS[0] + ROWS[1];
  const x = numbers(all * WIDTHS[0], 3);
  const whole = input("x", [all, WIDTHS[0]]);
  const feeds = new Map([[whole, x], ...tensors.map((tensor, n) => [tensor, valueOf(tensor, n)] as const)]);
  const expected = interpret(grad(lossOf(whole), tensors), feeds);
  const first = ROWS[0] * WIDTHS[0];
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    // One bucket; each gradient its own; and some together: 39 and 3, 260 and 13, 120 and 20 values, from the last on.
    for (const [bucketBytes, buckets] of [[undefined, 1], [1, 6], [160, 3]] as const) {
      const found = await Promise.all(
        inProcess(2).map((communicator, rank) =>
          ofRank(device, communicator, rank === 0 ? x.slice(0, first) : x.slice(first), bucketBytes)
        ),
      );
      const [{ gradient, weights, plan, steps }] = found;
      assertEquals(plan.calls.length, buckets);
      let at = 0;
      for (const [n, values] of expected.entries()) {
        assertClose(`gradient ${n}, ${family}`, gradient.slice(at, at + values.length), values);
        at += Math.ceil(values.length / 64) * 64;
      }
      assertEquals(gradient.length, at);
      assertEquals(found[1].gradient, gradient);
      assertEquals(found[1].weights, weights);
      if (buckets === 1) continue;
      // All but the gradients of the first layer are on their way before those are computed.
      const behind = steps.slice(steps.lastIndexOf("matmul")).filter((name) => name === "to_host");
      assert(behind.length <= 2, `${steps}`);
      assertEquals(steps.indexOf("sgd") > steps.lastIndexOf("to_host"), true);
    }
  }
});

Deno.test("a rank that is alone adds nothing up", () => {
  const { tensors, lossOf } = network();
  const gradients = grad(lossOf(input("x", [2, WIDTHS[0]])), tensors);
  const flat = reduceGradients(gradients, inProcess(1)[0]);
  assert(inOrder([flat]).every(({ op }) => !op.host));
});
