// jax-js as a peer, by its webgpu backend: all functions under jit, channels first as its convolution takes them.

import { channelsFirst, channelsFirstIndex } from "../guests/channels_first.ts";
import { jaxLayers, normalise, sgdStep } from "./layers.ts";
import type { Jax, JaxArray, Named } from "./types.ts";
import { forward, tensorShapes } from "../guests/networks.ts";
import { gmlClasses, oneHot } from "../guests/one_hot.ts";
import { JAX } from "../guests/packages.ts";
import { type Ready, serve } from "../protocol.ts";
import { labelsOf, priorOf, samplePlaces, tensorValues, valuesOf } from "../values.ts";
import type { Convolution, Loss, NetworkRun, Workload } from "../workloads.ts";

/** Most bytes of results that wait for the device. Other peers free results at once; these would fill the memory. */
const MOST_PENDING = 2 ** 30;

await serve(async () => {
  const jax: Jax = await import(JAX);
  const devices = await jax.init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js finds no WebGPU device");
  jax.defaultDevice("webgpu");
  return (workload) => Promise.resolve(prepare(jax, workload));
});

/** Runs a workload once. @returns Its result, then all else it computes; all of them are waited for. */
type RunOnce = () => JaxArray[];

function prepare(jax: Jax, workload: Workload): Ready {
  const run = build(jax, workload);
  // jax-js never computes an array that is disposed of before it was waited for.
  let pending: JaxArray[][] = [];
  let shown: JaxArray | null = null;
  const finish = async () => {
    if (pending.length === 0) return;
    await jax.blockUntilReady(pending.flat());
    shown ??= pending[0][0].ref;
    pending.flat().forEach((array) => array.dispose());
    pending = [];
  };
  return {
    run: () => {
      pending.push(run());
      const bytes = pending[0].reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
      if (bytes * pending.length > MOST_PENDING) return finish();
    },
    finish,
    sample: async () => {
      const { shape } = shown!;
      const values = await shown!.ref.data();
      return samplePlaces(values.length).map((place) => values[channelsFirstIndex(place, shape)]);
    },
  };
}

function build(jax: Jax, workload: Workload): RunOnce {
  const { numpy: np } = jax;
  const seeded = (seed: number, shape: readonly number[], factor = 1) =>
    arrayOf(jax, valuesOf(seed, shape.reduce((a, b) => a * b, 1), factor), shape);
  switch (workload.kind) {
    case "matmul": {
      const { n } = workload;
      const [f, a, b] = [jax.jit(np.matmul), seeded(1, [n, n]), seeded(2, [n, n])];
      return () => [f(a.ref, b.ref)];
    }
    case "add": {
      const f = jax.jit((a: JaxArray, b: JaxArray) => a.add(b));
      const [a, b] = [seeded(1, [workload.size]), seeded(2, [workload.size])];
      return () => [f(a.ref, b.ref)];
    }
    case "conv":
      return convolution(jax, workload, seeded);
    case "batch_norm": {
      const channels = workload.shape[3];
      const [x, gamma, beta] = [
        seeded(1, workload.shape),
        arrayOf(jax, new Float32Array(channels).fill(1), [channels]),
        arrayOf(jax, new Float32Array(channels), [channels]),
      ];
      const norm = (x: JaxArray, gamma: JaxArray, beta: JaxArray) => normalise(jax, x, gamma, beta);
      if (workload.pass === "forward") {
        const f = jax.jit(norm);
        return () => [f(x.ref, gamma.ref, beta.ref)];
      }
      const dy = seeded(2, workload.shape);
      const f = jax.jit((x: JaxArray, gamma: JaxArray, beta: JaxArray, dy: JaxArray) => {
        const [y, back] = jax.vjp(norm, [x, gamma, beta]);
        return [...back(dy), y];
      });
      return () => f(x.ref, gamma.ref, beta.ref, dy.ref);
    }
    case "loss":
      return loss(jax, workload, seeded);
    case "sgd": {
      let [p, m] = [seeded(1, [workload.size]), seeded(2, [workload.size])];
      const g = seeded(3, [workload.size]);
      const f = jax.jit((p: JaxArray, m: JaxArray, g: JaxArray) => {
        const next = m.mul(0.9).add(g.add(p.ref.mul(1e-4)));
        return [p.sub(next.ref.mul(0.1)), next];
      });
      return () => {
        [p, m] = f(p, m, g.ref);
        return [p.ref, m.ref];
      };
    }
    case "network":
      return network(jax, workload, seeded);
  }
}

function arrayOf(jax: Jax, values: Float32Array<ArrayBuffer>, shape: readonly number[]): JaxArray {
  const moved = channelsFirst(values, shape);
  return jax.numpy.array(moved.values, { shape: moved.shape });
}

type Seeded = (seed: number, shape: readonly number[], factor?: number) => JaxArray;

function convolution(jax: Jax, workload: Convolution, seeded: Seeded): RunOnce {
  const { pass, batch, side, inC, outC, kernel, stride, padding } = workload;
  const conv = (x: JaxArray, weight: JaxArray) =>
    jax.lax.conv(x, weight, [stride, stride], [[padding, padding], [padding, padding]]);
  const [x, weight] = [seeded(1, [batch, side, side, inC]), seeded(2, [outC, kernel, kernel, inC])];
  if (pass === "forward") {
    const f = jax.jit(conv);
    return () => [f(x.ref, weight.ref)];
  }
  const out = Math.ceil(side / stride);
  const dy = seeded(3, [batch, out, out, outC]);
  // The gradient by one operand alone: jit drops the forward pass, which it does not need.
  const f = jax.jit((by: JaxArray, other: JaxArray, dy: JaxArray) => {
    const of = (by: JaxArray) => pass === "images" ? conv(by, other.ref) : conv(other.ref, by);
    const [y, back] = jax.vjp(of, [by]);
    y.dispose();
    const [gradient] = back(dy);
    other.dispose();
    return gradient;
  });
  const [by, other] = pass === "images" ? [x, weight] : [weight, x];
  return () => [f(by.ref, other.ref, dy.ref)];
}

function loss(jax: Jax, { loss, batch, classes }: Loss, seeded: Seeded): RunOnce {
  const logits = seeded(1, [batch, classes], 8);
  const labels = labelsOf(batch, classes);
  const hot = arrayOf(jax, oneHot(labels, classes), [batch, classes]);
  if (loss === "cross_entropy") {
    const f = jax.jit(jax.valueAndGrad((z: JaxArray, hot: JaxArray) => crossEntropy(jax, z, hot)));
    return () => f(logits.ref, hot.ref).reverse();
  }
  const { numpy: np, nn } = jax;
  const { counts, seen, present } = gmlClasses(labels, classes);
  const [prior, count, mask] = [priorOf(classes), counts, seen].map((values) =>
    arrayOf(jax, values, [classes])
  );
  const gml = (z: JaxArray, hot: JaxArray, prior: JaxArray, counts: JaxArray, seen: JaxArray) => {
    const nll = np.sum(nn.logSoftmax(z.add(prior), -1).mul(hot.ref), 1);
    const p = np.clip(np.exp(nll), 1e-5, 1).reshape([batch, 1]);
    const means = np.sum(hot.mul(p), 0).div(counts);
    // Where a class is absent, the logarithm of 1.
    const logs = np.log(means.add(seen.ref.mul(-1).add(1))).mul(seen);
    return np.sum(logs).mul(-1 / present);
  };
  const f = jax.jit(jax.valueAndGrad(gml));
  return () => f(logits.ref, hot.ref, prior.ref, count.ref, mask.ref).reverse();
}

/** Cross-entropy, the mean over the batch. */
function crossEntropy(jax: Jax, logits: JaxArray, hot: JaxArray): JaxArray {
  const rows = -1 / logits.shape[0];
  return jax.numpy.sum(jax.nn.logSoftmax(logits, -1).mul(hot)).mul(rows);
}

function network(jax: Jax, workload: NetworkRun, seeded: Seeded): RunOnce {
  const { pass, batch, side, classes } = workload;
  const images = seeded(1, [batch, side, side, 3], 4);
  let weights: Named = {};
  const statistics: Named = {};
  for (const [name, shape] of tensorShapes(workload)) {
    weights[name] = arrayOf(jax, tensorValues(name, shape), shape);
    const isNorm = shape.length === 1 && name.endsWith(".weight") && !/^(fc|linear)/.test(name);
    if (pass === "training" || !isNorm) continue;
    const norm = name.replace(/weight$/, "");
    statistics[`${norm}running_mean`] = arrayOf(jax, new Float32Array(shape[0]), shape);
    statistics[`${norm}running_var`] = arrayOf(jax, new Float32Array(shape[0]).fill(1), shape);
  }
  const ref = (named: Named): Named =>
    Object.fromEntries(Object.entries(named).map(([name, { ref }]) => [name, ref]));
  const logits = (named: Named, images: JaxArray) => forward(workload, jaxLayers(jax, named), images);
  if (pass === "inference") {
    const f = jax.jit(logits);
    return () => [f({ ...ref(weights), ...ref(statistics) }, images.ref)];
  }
  const hot = arrayOf(jax, oneHot(labelsOf(batch, classes), classes), [batch, classes]);
  let momenta: Named = Object.fromEntries(
    Object.entries(weights).map(([name, { ref }]) => [name, ref.mul(0)]),
  );
  const step = sgdStep(
    jax,
    (named, images, hot) => crossEntropy(jax, logits(named, images), hot),
  );
  return () => {
    [weights, momenta] = step(weights, momenta, images.ref, hot.ref);
    return [momenta["conv1.weight"].ref, ...Object.values(ref(weights))];
  };
}
