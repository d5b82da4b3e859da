// TensorFlow.js as a peer. Its argument names the backend, webgpu or wasm.

import { forward, tensorShapes } from "../guests/networks.ts";
import { gmlClasses, oneHot } from "../guests/one_hot.ts";
import { TFJS, tfjsBackend } from "../guests/packages.ts";
import { type Ready, serve } from "../protocol.ts";
import { tfLayers } from "./layers.ts";
import type { Named, Tf, TfTensor, TfVariable } from "./types.ts";
import { labelsOf, priorOf, sampleOf, tensorValues, valuesOf } from "../values.ts";
import type { BatchNorm, Convolution, Loss, NetworkRun, Sgd, Workload } from "../workloads.ts";

const [backend] = Deno.args;

await serve(async () => {
  const tf: Tf = await import(TFJS);
  const { getThreadsCount }: { getThreadsCount?: () => number } = await import(tfjsBackend(backend));
  if (!await tf.setBackend(backend)) throw new Error(`TensorFlow.js has no ${backend} here`);
  await tf.ready();
  const threads = getThreadsCount?.();
  const about = threads === undefined ? {} : { about: `${threads} ${threads === 1 ? "thread" : "threads"}` };
  return (workload) => Promise.resolve({ ...prepare(tf, workload), ...about });
});

/** Runs a workload once. @returns Its result, then all else it computes. */
type RunOnce = () => TfTensor[];

function prepare(tf: Tf, workload: Workload): Ready {
  const run = build(tf, workload);
  let last: TfTensor[] = [];
  return {
    run: () => {
      tf.dispose(last);
      last = tf.tidy(run);
    },
    // The device runs commands in order: once a value of the last result is read, all have run.
    finish: async () => {
      const first = tf.tidy(() => tf.slice(last[0].reshape([last[0].size]), [0], [1]));
      await first.data();
      first.dispose();
    },
    sample: async () => sampleOf(await inOurLayout(tf, workload, last[0]).data()),
  };
}

/** Moves filters [k, k, inC, outC] of TensorFlow.js to [outC, k, k, inC]; other results stay. */
function inOurLayout(tf: Tf, workload: Workload, result: TfTensor): TfTensor {
  const filters = workload.kind === "conv" && workload.pass === "weight" ||
    workload.kind === "network" && workload.pass === "training";
  return filters ? tf.tidy(() => result.transpose([3, 0, 1, 2])) : result;
}

function filtersOf(tf: Tf, values: Float32Array, shape: readonly number[]): TfTensor {
  return tf.tidy(() => tf.tensor(values, shape).transpose([1, 2, 3, 0]));
}

type Seeded = (seed: number, shape: readonly number[], factor?: number) => TfTensor;

function build(tf: Tf, workload: Workload): RunOnce {
  const seeded: Seeded = (seed, shape, factor = 1) =>
    tf.tensor(valuesOf(seed, shape.reduce((a, b) => a * b, 1), factor), shape);
  switch (workload.kind) {
    case "matmul": {
      const [a, b] = [1, 2].map((seed) => seeded(seed, [workload.n, workload.n]));
      return () => [tf.matMul(a, b)];
    }
    case "add": {
      const [a, b] = [1, 2].map((seed) => seeded(seed, [workload.size]));
      return () => [a.add(b)];
    }
    case "conv":
      return convolution(tf, workload, seeded);
    case "batch_norm":
      return batchNorm(tf, workload, seeded);
    case "loss":
      return loss(tf, workload, seeded);
    case "sgd":
      return sgd(tf, workload, seeded);
    case "network":
      return workload.pass === "inference" ? inference(tf, workload, seeded) : training(tf, workload, seeded);
  }
}

function convolution(tf: Tf, workload: Convolution, seeded: Seeded): RunOnce {
  const { pass, batch, side, inC, outC, kernel, stride, padding } = workload;
  const inputShape = [batch, side, side, inC];
  const shape = [outC, kernel, kernel, inC];
  const x = seeded(1, inputShape);
  const filter = filtersOf(tf, valuesOf(2, outC * kernel * kernel * inC), shape);
  if (pass === "forward") return () => [tf.conv2d(x, filter, stride, padding, "NHWC", 1, "floor")];
  const out = Math.ceil(side / stride);
  const dy = seeded(3, [batch, out, out, outC]);
  const attrs = { strides: stride, pad: padding, dataFormat: "NHWC", dimRoundingMode: "floor" };
  const engine = tf.engine();
  return pass === "images"
    ? () => [engine.runKernel("Conv2DBackpropInput", { dy, filter }, { ...attrs, inputShape })]
    : () => [
      engine.runKernel("Conv2DBackpropFilter", { x, dy }, { ...attrs, filterShape: filter.shape }),
    ];
}

function batchNorm(tf: Tf, { pass, shape }: BatchNorm, seeded: Seeded): RunOnce {
  const channels = shape[3];
  const x = seeded(1, shape);
  const gamma = tf.tensor(new Float32Array(channels).fill(1), [channels]);
  const beta = tf.tensor(new Float32Array(channels), [channels]);
  const norm = (x: TfTensor, gamma: TfTensor, beta: TfTensor) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean, variance, beta, gamma, 1e-5);
  };
  if (pass === "forward") return () => [norm(x, gamma, beta)];
  const dy = seeded(2, shape);
  const gradients = tf.grads(norm);
  return () => gradients([x, gamma, beta], dy);
}

/** Cross-entropy, the mean over the batch. */
function crossEntropy(tf: Tf, logits: TfTensor, hot: TfTensor): TfTensor {
  return tf.logSoftmax(logits, -1).mul(hot).sum().mul(-1 / logits.shape[0]);
}

function loss(tf: Tf, { loss, batch, classes }: Loss, seeded: Seeded): RunOnce {
  const logits = seeded(1, [batch, classes], 8);
  const labels = labelsOf(batch, classes);
  const hot = tf.tensor(oneHot(labels, classes), [batch, classes]);
  const { counts, seen, present } = gmlClasses(labels, classes);
  const [prior, count, mask] = [priorOf(classes), counts, seen].map((values) => tf.tensor(values, [classes]));
  const absent = mask.mul(-1).add(1);
  const gml = (z: TfTensor) => {
    const p = tf.clipByValue(tf.logSoftmax(z.add(prior), -1).mul(hot).sum(1).exp(), 1e-5, 1);
    const means = hot.mul(p.reshape([batch, 1])).sum(0).div(count);
    // Where a class is absent, the logarithm of 1.
    return means.add(absent).log().mul(mask).sum().mul(-1 / present);
  };
  const both = tf.valueAndGrad(loss === "gml" ? gml : (z) => crossEntropy(tf, z, hot));
  return () => {
    const { value, grad } = both(logits);
    return [grad, value];
  };
}

function sgd(tf: Tf, { size }: Sgd, seeded: Seeded): RunOnce {
  const [first, second, g] = [1, 2, 3].map((seed) => seeded(seed, [size]));
  const [p, m] = [tf.variable(first, false, "p"), tf.variable(second, false, "m")];
  tf.dispose([first, second]);
  return () => {
    m.assign(m.mul(0.9).add(g.add(p.mul(1e-4))));
    const next = p.sub(m.mul(0.1));
    p.assign(next);
    return [next];
  };
}

/** Makes the named tensors of a network, filters in the peer's layout. */
function weightsOf(tf: Tf, workload: NetworkRun): Named {
  const named: Named = {};
  for (const [name, shape] of tensorShapes(workload)) {
    const values = tensorValues(name, shape);
    named[name] = shape.length === 4 ? filtersOf(tf, values, shape) : tf.tensor(values, shape);
    if (workload.pass === "inference" && shape.length === 1 && name.endsWith(".weight")) {
      const norm = name.replace(/weight$/, "");
      named[`${norm}running_mean`] = tf.tensor(new Float32Array(shape[0]), shape);
      named[`${norm}running_var`] = tf.tensor(new Float32Array(shape[0]).fill(1), shape);
    }
  }
  return named;
}

function inference(tf: Tf, workload: NetworkRun, seeded: Seeded): RunOnce {
  const { batch, side } = workload;
  const images = seeded(1, [batch, side, side, 3], 4);
  const layers = tfLayers(tf, weightsOf(tf, workload));
  return () => [forward(workload, layers, images)];
}

function training(tf: Tf, workload: NetworkRun, seeded: Seeded): RunOnce {
  const { batch, side, classes } = workload;
  const images = seeded(1, [batch, side, side, 3], 4);
  const hot = tf.tensor(oneHot(labelsOf(batch, classes), classes), [batch, classes]);
  const weights = Object.entries(weightsOf(tf, workload));
  const variables: Record<string, TfVariable> = Object.fromEntries(
    weights.map(([name, value]) => [name, tf.variable(value, true, name)]),
  );
  const momenta: Record<string, TfVariable> = Object.fromEntries(
    weights.map(([name, value]) => [name, tf.variable(value.mul(0), false, `${name} momentum`)]),
  );
  const layers = tfLayers(tf, variables);
  return () => {
    const { value, grads } = tf.variableGrads(() => crossEntropy(tf, forward(workload, layers, images), hot));
    for (const [name, gradient] of Object.entries(grads)) {
      const [weight, momentum] = [variables[name], momenta[name]];
      momentum.assign(momentum.mul(0.9).add(gradient.add(weight.mul(2e-4))));
      weight.assign(weight.sub(momentum.mul(0.1)));
    }
    return [momenta["conv1.weight"].mul(1), value];
  };
}
