// 200 cases of ops that were drawn, with what PyTorch gives, see `tests/fixtures/torch/make_drawn.py`: the float64
// references of all, and the kernels of a few. Their pipelines take long to compile: `deno task test:random` runs all.

import { parseSafetensors } from "../../../formats/checkpoint/mod.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import * as engine from "../../../engine/mod.ts";
import { pullback } from "../../../engine/autodiff/differentiate.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { sizeOf } from "../../../engine/kernel/shape.ts";
import { assertClose, type Tolerance } from "../close.ts";
import { counted } from "../counted.ts";
import type { Numbers } from "../examples.ts";
import { deviceOf, evaluate, FAMILIES } from "../families.ts";
import { type TorchCase, torchFile } from "../torch_cases.ts";

/** A case: its op, its inputs [shape, low, high], by how many of them PyTorch differentiated, and attributes. */
interface Attributes {
  op: string;
  inputs: [number[], number, number][];
  gradients: number;
  /** [rows, classes] of an input of indices behind the others. */
  labels?: [number, number];
}

type Build = (inputs: readonly Tensor[], attributes: TorchCase["attributes"]) => Tensor;

const { matmul, linear } = engine;
const reduction = (op: typeof engine.sum): Build => ([x], { axes, keepDims }) => op(x, axes, { keepDims });

const BUILDS: Record<string, Build> = {
  conv2d: ([x, weight], moves) => engine.conv2d(x, weight, moves),
  avg_pool: ([x], window) => engine.avgPool(x, window as engine.Window),
  max_pool: ([x], window) => engine.maxPool(x, window as engine.Window),
  global_avg_pool: ([x]) => engine.globalAvgPool(x),
  linear: ([x, weight, bias]) => linear(x, weight, bias),
  matmul: ([a, b]) => matmul(a, b),
  batch_norm: ([x, gamma, beta, mean, variance], { eps }) =>
    engine.batchNorm(x, { gamma, beta, mean, variance }, eps),
  batch_norm_training: ([x, gamma, beta], { eps }) => engine.batchNormTraining(x, { gamma, beta }, eps).y,
  softmax: ([x]) => engine.softmax(x),
  log_softmax: ([x]) => engine.logSoftmax(x),
  log_sum_exp: ([x]) => engine.logSumExp(x),
  l2_normalize: ([x], { axis }) => engine.l2Normalize(x, axis),
  cross_entropy: ([z, y]) => engine.crossEntropy(z, y),
  cross_entropy_weighted: ([z, weights, y]) => engine.crossEntropy(z, y, { weights }),
  balanced_softmax: ([z, prior, y]) => engine.balancedSoftmax(z, y, prior),
  sum: reduction(engine.sum),
  mean: reduction(engine.mean),
  max: reduction(engine.max),
  variance: reduction(engine.variance),
  gather: ([x, at]) => engine.gather(x, at),
  scatter_add: ([x, at], { length }) => engine.scatterAdd(x, at, length),
  argmax: ([x]) => engine.argmax(x),
};

/** Kernels of all cases where `deno task test:random` runs all ops, else of one case in so many. */
const ONE_IN = Deno.args.includes("--cases") && !Deno.args.includes("--op") ? 1 : 20;

const KEPT = 24;

const { state, metadata } = parseSafetensors(torchFile("drawn.safetensors"));

Object.entries(metadata).forEach(([name, text], number) => {
  Deno.test(`drawn ${name} as PyTorch`, async () => {
    const attributes: Attributes = JSON.parse(text);
    const { feeds, outputs } = graphOf(attributes, 10_000 + 10 * number);
    const expected = Object.fromEntries(
      Object.keys(outputs).map((key) => [key, state.get(`${name}.${key}`)!.data as Float32Array]),
    );
    const values = interpret(Object.values(outputs), feeds);
    // PyTorch's float64 is rounded to float32 once.
    Object.keys(outputs).forEach((key, i) =>
      assertClose(`reference ${key}`, kept(values[i]), expected[key], { relative: 2e-7, absolute: 1e-9 })
    );
    if (number % ONE_IN !== 0) return;
    for (const family of FAMILIES) {
      const actual = await evaluate(await deviceOf(family), outputs, feeds);
      for (const key of Object.keys(outputs)) {
        assertClose(`${family} ${key}`, kept(actual[key]), expected[key], toleranceOf(attributes));
      }
    }
  });
});

/** The graph of a case and what `counted.py` feeds it. */
function graphOf({ ...attributes }: Attributes, stream: number) {
  const { op, inputs, gradients, labels } = attributes;
  const feeds = new Map<Tensor, Numbers>();
  const uniform = (shape: readonly number[], low: number, high: number, at: number) =>
    Float32Array.from(counted(stream + at, sizeOf(shape)), (u) => low + (high - low) * u);
  const given = inputs.map(([shape, low, high], i) => {
    const tensor = engine.input(`input ${i}`, shape);
    feeds.set(tensor, uniform(shape, low, high, i));
    return tensor;
  });
  if (labels) {
    const [rows, classes] = labels;
    given.push(engine.input("labels", [rows], "u32"));
    feeds.set(given.at(-1)!, Uint32Array.from(counted(stream + 8, rows), (u) => Math.floor(u * classes)));
  }
  const y = BUILDS[op](given, attributes);
  const outputs: Record<string, Tensor> = { y };
  if (gradients > 0) {
    const dy = engine.input("dy", y.shape);
    feeds.set(dy, uniform(y.shape, 0.5, 1.5, 9));
    pullback(y, dy, given.slice(0, gradients)).forEach((gradient, i) => outputs[`d${i}`] = gradient);
  }
  return { feeds, outputs };
}

/** Every so many values, and the norm of all. */
function kept(values: ArrayLike<number>): number[] {
  const all = Array.from(values);
  const step = Math.max(1, Math.floor(all.length / KEPT));
  return [...all.filter((_, i) => i % step === 0).slice(0, KEPT), Math.hypot(...all)];
}

function toleranceOf({ op, inputs: [[, , high]] }: Attributes): Tolerance {
  // f32 logits near 80 carry 4e-6 each; of a gradient, which is a difference, is left what was rounded.
  if (/softmax|exp|cross/.test(op)) return { absolute: high > 10 ? 2e-5 : 2e-6 };
  return /norm|variance/.test(op) ? { relative: 1e-4, absolute: 1e-4 } : {};
}
