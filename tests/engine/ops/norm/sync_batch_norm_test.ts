// A batch norm by the batch of which each rank has a part, held against the float64 reference of the whole batch.

import { assertEquals, assertRejects } from "@std/assert";
import type { Communicator } from "../../../../engine/graph/communicator.ts";
import type { Device } from "../../../../engine/device/device.ts";
import { Parameters } from "../../../../engine/device/parameters.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { input, parameter } from "../../../../engine/graph/source.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { mul } from "../../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { runningMoments } from "../../../../engine/ops/effects/running_moments.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { syncBatchNorm } from "../../../../engine/ops/norm/sync_batch_norm.ts";
import { sum } from "../../../../engine/ops/reduce/sum.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { assertClose } from "../../close.ts";
import { deviceOf, FAMILIES } from "../../check.ts";
import { inProcess } from "../collective/in_process.ts";

/** Values of a batch: [N, ..., C]. */
interface Batch {
  x: Float32Array;
  residual: Float32Array;
  weight: Float32Array;
}

/** Numbers that are drawn alike for any part of a batch, off zero and of other spread in each channel. */
function batchOf(rows: number, rest: readonly number[], from = 0): Batch {
  const [each, channels] = [rest.reduce((a, b) => a * b, 1), rest.at(-1)!];
  const drawn = (seed: number, make: (value: number, c: number) => number) =>
    Float32Array.from({ length: rows * each }, (_, i) => {
      const n = i + from * each;
      return make(Math.sin(12.9898 * n + seed) * Math.cos(0.37 * n), n % channels);
    });
  return {
    x: drawn(1, (value, c) => 3 + c + (1 + c / 2) * value),
    residual: drawn(2, (value) => value),
    weight: drawn(3, (value) => value),
  };
}

const perChannel = (length: number, f: (c: number) => number) =>
  Float32Array.from({ length }, (_, c) => f(c));

/** A norm with a residual and a rectifier behind it, its share of a loss, and all gradients. */
function graphOf(shape: readonly number[], norm: (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor) {
  const channels = shape.at(-1)!;
  const [x, residual, weight] = [input("x", shape), input("residual", shape), input("weight", shape)];
  const [gamma, beta] = [input("gamma", [channels]), input("beta", [channels])];
  const y = relu(add(norm(x, gamma, beta), residual));
  const [dx, dgamma, dbeta] = grad(sum(mul(mul(y, y), weight)), [x, gamma, beta]);
  return { inputs: { x, residual, weight, gamma, beta }, outputs: { y, dx, dgamma, dbeta } };
}

/** The values of one rank, and its running estimates after the step. */
async function ofRank(device: Device, communicator: Communicator, batch: Batch, shape: readonly number[]) {
  const channels = shape.at(-1)!;
  const [mean, variance] = [parameter("mean", [channels]), parameter("variance", [channels])];
  using store = new Parameters(device, [mean, variance], "estimates");
  const updates: Tensor[] = [];
  const { outputs } = graphOf(shape, (x, gamma, beta) => {
    const { y, unbiased } = syncBatchNorm(x, { gamma, beta }, communicator);
    updates.push(runningMoments(mean, variance, unbiased, { momentum: 0.1, count: Infinity }));
    return y;
  });
  using plan = await Plan.make(device, { outputs, updates, parameters: [store] });
  await plan.runAsync({ ...batch, ...vectors(channels) });
  const values = await Promise.all(Object.keys(outputs).map((name) => plan.read(name)));
  const estimates = await store.read();
  return [...values, estimates.get(mean)!, estimates.get(variance)!];
}

const vectors = (channels: number) => ({
  gamma: perChannel(channels, (c) => 1 + 0.1 * c),
  beta: perChannel(channels, (c) => 0.3 - 0.1 * c),
});

/** The same of the whole batch in float64. */
function whole(batch: Batch, shape: readonly number[]): Float64Array[] {
  const channels = shape.at(-1)!;
  const [mean, variance] = [input("mean", [channels]), input("variance", [channels])];
  let moments: Tensor;
  const { inputs, outputs } = graphOf(shape, (x, gamma, beta) => {
    const normed = batchNormTraining(x, { gamma, beta });
    moments = normed.moments;
    return normed.y;
  });
  const count = batch.x.length / channels;
  const estimates = runningMoments(mean, variance, moments!, { momentum: 0.1, count });
  const given = { ...batch, ...vectors(channels) };
  const feeds = new Map<Tensor, Float32Array>([
    ...Object.entries(inputs).map(([name, tensor]) => [tensor, given[name as keyof typeof given]] as const),
    [mean, new Float32Array(channels)],
    [variance, new Float32Array(channels)],
  ]);
  const values = interpret([...Object.values(outputs), estimates], feeds);
  const last = values.pop()!;
  return [...values, last.slice(0, channels), last.slice(channels)];
}

const CASES: { rows: number[]; rest: number[] }[] = [
  { rows: [3, 2], rest: [4, 5, 6] },
  { rows: [3, 3, 2], rest: [9, 7, 16] },
  { rows: [1, 1, 1], rest: [1, 1, 3] },
  { rows: [40, 39], rest: [64] },
];

for (const { rows, rest } of CASES) {
  Deno.test(`${rows.length} ranks of ${rows} rows [${rest}] normalise by the whole batch`, async () => {
    const all = rows.reduce((a, b) => a + b);
    const [y, dx, dgamma, dbeta, mean, variance] = whole(batchOf(all, rest), [all, ...rest]);
    const each = y.length / all;
    const starts = rows.map((_, rank) => rows.slice(0, rank).reduce((a, b) => a + b, 0));
    for (const family of FAMILIES) {
      const device = await deviceOf(family);
      const found = await Promise.all(
        inProcess(rows.length).map((communicator, rank) =>
          ofRank(device, communicator, batchOf(rows[rank], rest, starts[rank]), [rows[rank], ...rest])
        ),
      );
      const joined = (n: number) => Float32Array.from(found.flatMap((values) => [...values[n]]));
      const added = (n: number) =>
        found[0][n].map((_, i) => found.reduce((sum, values) => sum + values[n][i], 0));
      assertEquals(joined(0).length, all * each);
      assertClose(`y, ${family}`, joined(0), y);
      assertClose(`dx, ${family}`, joined(1), dx, { relative: 3e-5 }); // the difference of three terms of its size
      assertClose(`dgamma, ${family}`, added(2), dgamma, { relative: 3e-5 });
      assertClose(`dbeta, ${family}`, added(3), dbeta, { relative: 3e-5 });
      for (const values of found) {
        assertClose(`running mean, ${family}`, values[4], mean);
        assertClose(`running variance, ${family}`, values[5], variance);
        assertEquals(values.slice(4), found[0].slice(4)); // to the bit
      }
    }
  });
}

Deno.test("a single value of a channel on all ranks together has no variance", async () => {
  const device = await deviceOf("tile");
  const [communicator] = inProcess(2);
  const apart = { ...communicator, allReduce: () => Promise.resolve() }; // the other rank has no rows
  const x = input("x", [1, 1]);
  const [gamma, beta] = [input("gamma", [1]), input("beta", [1])];
  using plan = await Plan.make(device, { outputs: { y: syncBatchNorm(x, { gamma, beta }, apart).y } });
  const one = Float32Array.of(1);
  await assertRejects(
    () => plan.runAsync({ x: one, gamma: one, beta: one }),
    RangeError,
    "two values of each channel or more, all ranks together have 1",
  );
});
