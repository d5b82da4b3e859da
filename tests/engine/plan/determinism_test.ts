import { assert, assertEquals } from "@std/assert";
import type { Family, Tensor } from "../../../engine/graph/node.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { batchNormTraining } from "../../../engine/ops/norm/batch_norm_training.ts";
import { conv2d } from "../../../engine/ops/conv/conv2d.ts";
import { linear } from "../../../engine/ops/matmul/linear.ts";
import { mul } from "../../../engine/ops/arithmetic/mul.ts";
import { globalAvgPool } from "../../../engine/ops/conv/global_avg_pool.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { input } from "../../../engine/graph/source.ts";
import { mean } from "../../../engine/ops/statistics/mean.ts";
import { grad } from "../../../engine/autodiff/differentiate.ts";
import { Device } from "../../../engine/device/device.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { FAMILIES } from "../check.ts";
import { normal } from "../random.ts";

/** A convolution, a norm, long sums, a linear layer, and gradients. */
function network(): Record<string, Tensor> {
  const x = input("x", [9, 17, 13, 6]);
  const weight = input("weight", [20, 3, 3, 6]);
  const [gamma, beta] = [input("gamma", [20]), input("beta", [20])];
  const y = conv2d(x, weight, { padding: 1 });
  const { y: normed } = batchNormTraining(y, { gamma, beta });
  const features = globalAvgPool(relu(add(normed, y)));
  const classifier = input("classifier", [70, 20]);
  const logits = linear(features, classifier, input("bias", [70]));
  const [gradient] = grad(mean(relu(logits)), [classifier]);
  const [dgamma, dbeta] = grad(mean(mul(normed, normed)), [gamma, beta]);
  return { normed, features, logits, gradient, dgamma, dbeta };
}

async function resultsOf(family: Family, runs: number): Promise<Uint32Array[][]> {
  using device = await Device.open({ family });
  const outputs = network();
  using plan = await Plan.make(device, { outputs });
  const next = normal(7);
  const sizes = { x: 9 * 17 * 13 * 6, weight: 20 * 9 * 6, gamma: 20, beta: 20, classifier: 1400, bias: 70 };
  const feeds = Object.fromEntries(
    Object.entries(sizes).map(([name, length]) => [name, Float32Array.from({ length }, next)]),
  );
  const results: Uint32Array[][] = [];
  for (let i = 0; i < runs; i++) {
    plan.run(feeds);
    const values = await Promise.all(Object.keys(outputs).map((name) => plan.read(name)));
    results.push(values.map((v) => new Uint32Array(v.buffer, v.byteOffset, v.length)));
  }
  return results;
}

for (const family of FAMILIES) {
  Deno.test(`two runs and two plans give the same bits, ${family}`, async () => {
    const [first, second] = await resultsOf(family, 2);
    const [again] = await resultsOf(family, 1);
    assertEquals(second, first);
    assertEquals(again, first);
    for (const bits of first) {
      const values = new Float32Array(bits.buffer, bits.byteOffset, bits.length);
      assert(values.some((value) => value !== 0) && values.every(Number.isFinite));
    }
  });
}
