// Steps of a network whose batch is divided among ranks against those of one process: losses of the whole batch over
// gathered features and logits, batch norms of all ranks, gradients in buckets.

import { assert, assertEquals } from "@std/assert";
import {
  add,
  allGather,
  type Communicator,
  type Device,
  gmlLoss,
  grad,
  initState,
  jit,
  l2Normalize,
  loadState,
  matmul,
  mean,
  Parameters,
  reduceGradients,
  scale,
  sgd,
  shaped,
  square,
  sub,
  type Tensor,
  tensor,
  transpose,
} from "../../../engine/mod.ts";
import { cifarResNet } from "../../../engine/nn/resnet_cifar.ts";
import type { Family } from "../../../engine/graph/node.ts";
import { assertClose } from "../close.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { inProcess } from "../ops/collective/in_process.ts";

const CLASSES = 4;
const SIDE = 8;
const PRIOR = tensor([50, 20, 8, 2].map(Math.log));

const imagesOf = (rows: number, from: number) =>
  shaped(
    Float32Array.from({ length: rows * SIDE * SIDE * 3 }, (_, i) =>
      Math.sin(12.9898 * (i + from * SIDE * SIDE * 3))),
    [rows, SIDE, SIDE, 3],
  );

const labelsOf = (rows: number) => Uint32Array.from({ length: rows }, (_, i) => (7 * i) % CLASSES);

/** A network on a device, and its training step over the own part of a batch and the labels of all. */
function trainingOn(
  device: Device,
  communicator: Communicator,
  rowsOf: (all: number) => number[],
) {
  const network = cifarResNet({ depth: 8, classes: CLASSES, widths: [4, 8, 8] });
  const weights = new Parameters(device, [...network.backbone, ...network.classifier.tensors], "weights");
  const statistics = new Parameters(device, network.statistics, "running statistics");
  loadState([weights, statistics], initState(network, 3));
  const optimizer = sgd(weights, { momentum: 0.9 });
  const step = jit((images: Tensor, labels: Tensor) => {
    const { features, updates } = network.forward(images, { training: true, communicator });
    const rows = rowsOf(labels.shape[0]);
    const logits = allGather(network.classifier.logits(features), communicator, rows);
    const units = l2Normalize(allGather(features, communicator, rows));
    // Each sample meets every other one, as in a contrastive loss.
    const likeness = matmul(units, transpose(units));
    const loss = add(gmlLoss(logits, labels, PRIOR), scale(mean(square(sub(likeness, 0.5))), 0.3));
    const gradients = reduceGradients(grad(loss, weights.tensors), communicator, { bucketBytes: 2000 });
    return { loss, gradients, updates: [...updates, optimizer.step(gradients, tensor(0.05))] };
  });
  return {
    step,
    weights,
    statistics,
    [Symbol.dispose]: () => {
      for (const owned of [step, optimizer, weights, statistics]) owned[Symbol.dispose]();
    },
  };
}

/** Losses and gradients of a few steps, and the state after them. */
async function train(
  { step, weights, statistics }: ReturnType<typeof trainingOn>,
  batches: readonly number[],
  partOf: (all: number) => [from: number, rows: number],
) {
  const losses: number[] = [];
  const gradients: Float32Array[] = [];
  for (const all of batches) {
    const [from, rows] = partOf(all);
    const results = await step(imagesOf(rows, from), labelsOf(all));
    losses.push(...await results.loss.data());
    gradients.push(await results.gradients.data());
  }
  const state = [...(await weights.read()).values(), ...(await statistics.read()).values()];
  return { losses, gradients, state };
}

/** Rows of each of so many ranks: as many on each, and one more on the first. */
function divided(all: number, size: number): number[] {
  return Array.from({ length: size }, (_, rank) => Math.floor(all / size) + Number(rank < all % size));
}

/** Trains as so many ranks and as one. */
async function compare(
  family: Family,
  size: number,
): Promise<void> {
  const device = await deviceOf(family);
  const batches = [8, 7]; // a last, smaller batch
  using alone = trainingOn(device, inProcess(1)[0], (all) => [all]);
  const expected = await train(alone, batches, (all) => [0, all]);
  using owned = new DisposableStack();
  const found = await Promise.all(
    inProcess(size).map((communicator) => {
      const training = owned.use(trainingOn(device, communicator, (all) => divided(all, size)));
      return train(training, batches, (all) => {
        const rows = divided(all, size);
        return [rows.slice(0, communicator.rank).reduce((a, b) => a + b, 0), rows[communicator.rank]];
      });
    }),
  );
  const close = (name: string, own: readonly Float32Array[], of: readonly Float32Array[], relative: number) =>
    own.forEach((values, n) => assertClose(`${name} ${n}`, values, of[n], { relative }));
  for (const { losses, gradients, state } of found) {
    assertClose("losses", losses, expected.losses);
    // Sums in other orders go through seven norms, the second time from weights that differ already.
    close("gradients", gradients, expected.gradients, 2e-4);
    close("state", state, expected.state, 1e-4);
    assertEquals(gradients, found[0].gradients);
    assertEquals(state, found[0].state);
  }
}

for (const family of FAMILIES) {
  for (const size of [2, 3]) {
    Deno.test(
      `${size} ranks train as one process does, ${family}`,
      () => compare(family, size),
    );
  }
}

Deno.test("weights' gradients are computed while the host adds up those of the layers behind", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    using training = trainingOn(device, inProcess(2)[0], (all) => divided(all, 2));
    const { plan } = await training.step.prepare(imagesOf(4, 0), labelsOf(8));
    const names = plan.calls.map(({ node }) => node.op.name);
    const calls = (name: string) => plan.calls.filter(({ node }) => node.op.name === name);
    assertEquals(calls("moments_of_ranks").length, 7);
    assertEquals(calls("sums_of_ranks").length, 7);
    assert(names.indexOf("all_reduce") < names.lastIndexOf("sums_of_ranks"), `${names}`);
    // Most sums on the way back have something to go on with until they are needed.
    const beside = calls("sums_of_ranks").filter(({ sent, needed }) => needed > sent);
    assert(beside.length >= 5, `${calls("sums_of_ranks").map(({ sent, needed }) => needed - sent)}`);
    // Sums of gradients are waited for behind everything else.
    const last = Math.max(...plan.calls.map(({ sent }) => sent));
    for (const { needed } of calls("all_reduce")) assert(needed >= last);
  }
});
