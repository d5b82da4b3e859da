// Results and gradients as PyTorch gives them, see `tests/fixtures/torch/make_arithmetic.py`.

import * as engine from "../../../../engine/mod.ts";
import { pullback } from "../../../../engine/autodiff/differentiate.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { checkTorch, type TorchCase } from "../../torch_cases.ts";

type Build = (
  inputs: readonly Tensor[],
  attributes: TorchCase["attributes"],
  all: Record<string, Tensor>,
) => Tensor;

const { add, div, maximum, minimum, mul, sub } = engine;
const { abs, exp, log, neg, sigmoid, sqrt, square } = engine;
const { logSumExp, matmul, max, mean, softmax, sum, variance } = engine;

/** Indices, u32, as the engine itself makes them. */
function indicesOf(values: readonly number[]): Tensor {
  const rows = values.map((at) =>
    Array.from({ length: Math.max(...values) + 1 }, (_, i) => Number(i === at))
  );
  return engine.argmax(engine.tensor(rows));
}

const BUILDS: Record<string, Build> = {
  pow: ([a], { exponent }) => engine.pow(a, exponent),
  clamp: ([a], { least, most }) => engine.clamp(a, least, most),
  where: ([a, b], _, { condition }) => engine.where(engine.greater(condition, 0), a, b),
  variance: ([a], { axes, keepDims }) => variance(a, axes, { keepDims }),
  variance_unbiased: ([a], { axes, keepDims }) => variance(a, axes, { keepDims, unbiased: true }),
  permute: ([a], { axes }) => engine.permute(a, axes),
  slice: ([a], { ranges }) => engine.slice(a, ranges),
  pad: ([a], { widths, fill }) => engine.pad(a, widths, fill),
  concat: (all, { axis }) => engine.concat(all, axis),
  stack: (all, { axis }) => engine.stack(all, axis),
  gather: ([a], { indices }) => engine.gather(a, indicesOf(indices)),
  log_softmax: ([a]) => engine.logSoftmax(a),
  l2_normalize: ([a], { axis, eps }) => engine.l2Normalize(a, axis, eps),
};
for (
  const [op, build] of Object.entries({
    abs,
    exp,
    log,
    neg,
    sigmoid,
    sqrt,
    square,
    softmax,
    log_sum_exp: logSumExp,
  })
) {
  BUILDS[op] = ([a]) => build(a);
}
for (const [op, build] of Object.entries({ add, div, matmul, maximum, minimum, mul, sub })) {
  BUILDS[op] = ([a, b]) => build(a, b);
}
for (const [op, build] of Object.entries({ max, mean, sum })) {
  BUILDS[op] = ([a], { axes, keepDims }) => build(a, axes, { keepDims });
}

for (const [op, build] of Object.entries(BUILDS)) {
  const whole = (all: Record<string, Tensor>, attributes: TorchCase["attributes"]) => {
    const names = ["a", "b", "c"].slice(0, attributes.inputs);
    const inputs = names.map((name) => all[name]);
    const y = build(inputs, attributes, all);
    const gradients = pullback(y, all.dy, inputs);
    return { y, ...Object.fromEntries(names.map((name, i) => [`d${name}`, gradients[i]])) };
  };
  checkTorch(op, whole, {}, "arithmetic.safetensors");
}
