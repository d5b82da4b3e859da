// This project as a peer of itself: plans, many runs of them between two waits.

import {
  add,
  batchNormTraining,
  constant,
  conv2d,
  crossEntropy,
  Device,
  type Feeds,
  gmlLoss,
  input,
  matmul,
  parameter,
  Parameters,
  Plan,
  type PlanSpec,
  pullback,
  sgd,
  type Shape,
  type Tensor,
  Tuning,
  valueAndGrad,
} from "../../engine/mod.ts";
import { untunedWhy } from "../../train/tuning_file.ts";
import { prepareNetwork } from "./ours_network.ts";
import { type Ready, serve } from "./protocol.ts";
import { labelsOf, priorOf, sampleOf, valuesOf } from "./values.ts";
import type { BatchNorm, Convolution, Loss, Sgd, Workload } from "./workloads.ts";

/** A graph, and what its runs begin with. */
interface Built {
  spec: PlanSpec;
  /** Stores of its operands. */
  operands: Parameters[];
  feeds?: Feeds;
}

await serve(async () => {
  const device = await Device.open();
  // As runs do by themselves.
  if (untunedWhy(device, "auto") === null) device.tuning = new Tuning();
  let last: Disposable | null = null;
  return async (workload) => {
    last?.[Symbol.dispose]();
    const { ready, owned } = workload.kind === "network"
      ? await prepareNetwork(device, workload)
      : await prepare(device, build(device, workload));
    last = owned;
    return ready;
  };
});

async function prepare(device: Device, { spec, operands, feeds }: Built) {
  const owned = new DisposableStack();
  operands.forEach((store) => owned.use(store));
  const plan = owned.use(await Plan.make(device, { ...spec, parameters: operands }));
  const ready: Ready = {
    run: () => {
      // A plan computes what depends on unchanged parameters alone only once. Here all is to be computed every time.
      operands[0].version++;
      plan.run(feeds);
    },
    finish: () => device.finish(),
    sample: async () => {
      if (spec.outputs) return sampleOf(await plan.read("result"));
      const [[, values]] = await operands[0].read();
      return sampleOf(values);
    },
  };
  return { ready, owned };
}

/** A tensor of the values of a seed in a store of its own: operands of the peers are in separate buffers, too. */
function operand(device: Device, values: Float32Array, shape: Shape): { tensor: Tensor; store: Parameters } {
  const tensor = parameter("operand", shape);
  const store = new Parameters(device, [tensor], "operand");
  store.write(tensor, values);
  return { tensor, store };
}

function build(device: Device, workload: Exclude<Workload, { kind: "network" }>): Built {
  const seeded = (seed: number, shape: Shape, factor = 1) =>
    operand(device, valuesOf(seed, shape.reduce((a, b) => a * b, 1), factor), shape);
  switch (workload.kind) {
    case "matmul":
      return binary(matmul, [workload.n, workload.n]);
    case "add":
      return binary(add, [workload.size]);
    case "conv":
      return convolution(workload, seeded);
    case "batch_norm":
      return batchNorm(device, workload, seeded);
    case "loss":
      return loss(workload, seeded);
    case "sgd":
      return step(workload, seeded);
  }

  function binary(op: (a: Tensor, b: Tensor) => Tensor, shape: Shape): Built {
    const [a, b] = [seeded(1, shape), seeded(2, shape)];
    return { spec: { outputs: { result: op(a.tensor, b.tensor) } }, operands: [a.store, b.store] };
  }
}

type Seeded = (seed: number, shape: Shape, factor?: number) => { tensor: Tensor; store: Parameters };

function convolution(
  { pass, batch, side, inC, outC, kernel, stride, padding }: Convolution,
  seeded: Seeded,
): Built {
  const x = seeded(1, [batch, side, side, inC]);
  const weight = seeded(2, [outC, kernel, kernel, inC]);
  const y = conv2d(x.tensor, weight.tensor, { stride, padding });
  if (pass === "forward") return { spec: { outputs: { result: y } }, operands: [x.store, weight.store] };
  const dy = seeded(3, y.shape);
  const [result] = pullback(y, dy.tensor, [{ images: x, weight }[pass].tensor]);
  // The gradient by one does not need its values.
  const other = { images: weight, weight: x }[pass];
  return { spec: { outputs: { result } }, operands: [other.store, dy.store] };
}

function batchNorm(device: Device, { pass, shape }: BatchNorm, seeded: Seeded): Built {
  const x = seeded(1, shape);
  const channels = shape[3];
  const gamma = operand(device, new Float32Array(channels).fill(1), [channels]);
  const beta = operand(device, new Float32Array(channels), [channels]);
  const operands = [x.store, gamma.store, beta.store];
  const { y } = batchNormTraining(x.tensor, { gamma: gamma.tensor, beta: beta.tensor });
  if (pass === "forward") return { spec: { outputs: { result: y } }, operands };
  const dy = seeded(2, shape);
  const [result, dgamma, dbeta] = pullback(y, dy.tensor, [x.tensor, gamma.tensor, beta.tensor]);
  return { spec: { outputs: { result, y, dgamma, dbeta } }, operands: [...operands, dy.store] };
}

function loss({ loss, batch, classes }: Loss, seeded: Seeded): Built {
  const logits = seeded(1, [batch, classes], 8);
  const labels = input("labels", [batch], "u32");
  const { value, gradients: [result] } = valueAndGrad(
    loss === "gml"
      ? gmlLoss(logits.tensor, labels, constant(priorOf(classes), [classes]))
      : crossEntropy(logits.tensor, labels),
    [logits.tensor],
  );
  return {
    spec: { outputs: { result, value } },
    operands: [logits.store],
    feeds: { labels: Uint32Array.from(labelsOf(batch, classes)) },
  };
}

function step({ size }: Sgd, seeded: Seeded): Built {
  const [parameters, momenta, gradients] = [1, 2, 3].map((seed) => seeded(seed, [size]).store);
  const lr = input("lr", []);
  const update = sgd({
    parameters,
    momenta,
    gradients: gradients.flat,
    lr,
    momentum: 0.9,
    weightDecay: 1e-4,
  });
  return {
    spec: { updates: [update] },
    operands: [parameters, momenta, gradients],
    feeds: { lr: Float32Array.of(0.1) },
  };
}
