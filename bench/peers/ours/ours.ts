// This project as a peer: each plan runs many times between two waits.

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
  sgdUpdate,
  type Shape,
  type Tensor,
  Tuning,
  valueAndGrad,
} from "../../../engine/mod.ts";
import { sizeOf } from "../../../engine/kernel/shape.ts";
import { untunedWhy } from "../../../train/machine/tuning_file.ts";
import { prepareNetwork } from "./network.ts";
import { type Ready, serve } from "../protocol.ts";
import { labelsOf, priorOf, sampleOf, valuesOf } from "../values.ts";
import type { BatchNorm, Convolution, Loss, Sgd, Workload } from "../workloads.ts";

/** A graph with its stores and the values of its inputs. */
interface Built {
  spec: PlanSpec;
  /** Stores that the graph updates; the first holds the result. */
  stores?: Parameters[];
  feeds?: Feeds;
}

await serve(async () => {
  const device = await Device.open();
  // Runs of the product tune by themselves under the same condition.
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

async function prepare(device: Device, { spec, stores = [], feeds }: Built) {
  const owned = new DisposableStack();
  stores.forEach((store) => owned.use(store));
  // A plan computes nodes that depend on constants alone only once, until a store changes. This store changes every time.
  const changing = owned.use(new Parameters(device, [], "changing"));
  const plan = owned.use(await Plan.make(device, { ...spec, parameters: [changing, ...stores] }));
  const ready: Ready = {
    run: () => {
      changing.version++;
      plan.run(feeds);
    },
    finish: () => device.finish(),
    sample: async () => {
      if (spec.outputs) return sampleOf(await plan.read("result"));
      const [[, values]] = await stores[0].read();
      return sampleOf(values);
    },
  };
  return { ready, owned };
}

/** Makes an operand from a seed, a constant: like the operands of the peers it is in place before the time begins. */
function seeded(seed: number, shape: Shape, factor = 1): Tensor {
  return constant(valuesOf(seed, sizeOf(shape), factor), shape);
}

function build(device: Device, workload: Exclude<Workload, { kind: "network" }>): Built {
  switch (workload.kind) {
    case "matmul":
      return binary(matmul, [workload.n, workload.n]);
    case "add":
      return binary(add, [workload.size]);
    case "conv":
      return convolution(workload);
    case "batch_norm":
      return batchNorm(workload);
    case "loss":
      return loss(workload);
    case "sgd":
      return step(device, workload);
  }
}

function binary(op: (a: Tensor, b: Tensor) => Tensor, shape: Shape): Built {
  return { spec: { outputs: { result: op(seeded(1, shape), seeded(2, shape)) } } };
}

function convolution({ pass, batch, side, inC, outC, kernel, stride, padding }: Convolution): Built {
  const x = seeded(1, [batch, side, side, inC]);
  const weight = seeded(2, [outC, kernel, kernel, inC]);
  const y = conv2d(x, weight, { stride, padding });
  if (pass === "forward") return { spec: { outputs: { result: y } } };
  const [result] = pullback(y, seeded(3, y.shape), [{ images: x, weight }[pass]]);
  return { spec: { outputs: { result } } };
}

function batchNorm({ pass, shape }: BatchNorm): Built {
  const x = seeded(1, shape);
  const channels = [shape[3]];
  const gamma = constant(new Float32Array(shape[3]).fill(1), channels);
  const beta = constant(new Float32Array(shape[3]), channels);
  const { y } = batchNormTraining(x, { gamma, beta });
  if (pass === "forward") return { spec: { outputs: { result: y } } };
  const [result, dgamma, dbeta] = pullback(y, seeded(2, shape), [x, gamma, beta]);
  return { spec: { outputs: { result, y, dgamma, dbeta } } };
}

function loss({ loss, batch, classes }: Loss): Built {
  const logits = seeded(1, [batch, classes], 8);
  const labels = input("labels", [batch], "u32");
  const { value, gradients: [result] } = valueAndGrad(
    loss === "gml"
      ? gmlLoss(logits, labels, constant(priorOf(classes), [classes]))
      : crossEntropy(logits, labels),
    [logits],
  );
  const feeds = { labels: Uint32Array.from(labelsOf(batch, classes)) };
  return { spec: { outputs: { result, value } }, feeds };
}

function step(device: Device, { size }: Sgd): Built {
  const stores = [1, 2, 3].map((seed) => {
    const tensor = parameter("operand", [size]);
    const store = new Parameters(device, [tensor], "operand");
    store.write(tensor, valuesOf(seed, size));
    return store;
  });
  const [parameters, momenta, gradients] = stores;
  const lr = input("lr", []);
  const update = sgdUpdate({
    parameters,
    momenta,
    gradients: gradients.flat,
    lr,
    momentum: 0.9,
    weightDecay: 1e-4,
  });
  return { spec: { updates: [update] }, stores, feeds: { lr: Float32Array.of(0.1) } };
}
