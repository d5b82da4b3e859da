// Reductions, and ops on rows.

import fc from "fast-check";
import * as engine from "../../../engine/mod.ts";
import type { Shape } from "../../../engine/kernel/shape.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { type Property, property } from "./case.ts";
import { CHANNELS, labels, length, made, shapes, steady, ties, withAxis } from "./draws.ts";

/** Some axes, of all the shape has or of fewer, and what is left of them. */
const reductions = shapes(0, 4).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.option(fc.subarray(shape.map((_, axis) => axis))),
    keepDims: fc.boolean(),
    seed: fc.nat(1000),
  })
);

type Reduction = (x: Tensor, axes?: readonly number[], options?: { keepDims: boolean }) => Tensor;

function reduced(op: Reduction): Property {
  return property(reductions, ({ shape, axes, keepDims }) => ({
    build: (x) => op(x, axes ?? undefined, { keepDims }),
    examples: [steady(shape)],
  }));
}

/** Of the softmax family: numbers of a usual size, or so far apart that exp would overflow. */
function ofLogits(build: (x: Tensor) => Tensor): Property {
  return property(
    fc.record({ shape: shapes(2, 4), large: fc.boolean() }),
    ({ shape, large }) => ({
      build,
      examples: [{ shape, range: large ? [-80, 80] : [-5, 5] }],
      // f32 logits near 80 carry 4e-6 each; of a gradient, which is a difference, is left what was rounded.
      options: { absolute: large ? 2e-5 : 2e-6 },
    }),
  );
}

/** Rows with ties, or with NaN and infinities among them. */
function ranks([rows, classes]: Shape, seed: number, wild: boolean) {
  const some = [NaN, Infinity, -Infinity, 0, 1, 2];
  return wild
    ? made([rows, classes], seed, (next) => some[Math.floor(some.length * next())])
    : ties([rows, classes], seed);
}

const ranked = fc.record({
  rows: length(CHANNELS),
  classes: length(300),
  seed: fc.nat(1000),
  wild: fc.boolean(),
});

export const rows: Record<string, Property> = {
  sum: reduced(engine.sum),
  mean: reduced(engine.mean),
  variance: property(
    fc.record({ of: reductions, unbiased: fc.boolean() }),
    ({ of: { shape, axes, keepDims }, unbiased }) => {
      const count = (axes ?? shape.map((_, axis) => axis)).reduce((n, axis) => n * shape[axis], 1);
      return {
        build: (x) => engine.variance(x, axes ?? undefined, { keepDims, unbiased: unbiased && count > 1 }),
        examples: [steady(shape)],
        // A variance of two values that are close by chance, of which f32 keeps 1e-7 of their size.
        options: { absolute: 2e-6, cotangent: [0.5, 1.5] },
      };
    },
  ),
  max: property(reductions, ({ shape, axes, keepDims, seed }) => ({
    build: (x) => engine.max(x, axes ?? undefined, { keepDims }),
    examples: [ties(shape, seed)],
    places: 0, // ties share their gradient, of which differences know nothing
  })),
  softmax: ofLogits(engine.softmax),
  logSoftmax: ofLogits(engine.logSoftmax),
  logSumExp: ofLogits(engine.logSumExp),
  l2Normalize: property(
    fc.record({ axes: withAxis(shapes(2, 4)), eps: fc.constantFrom(1e-12, 100) }),
    ({ axes: { shape, axis }, eps }) => ({
      build: (x) => engine.l2Normalize(x, axis, eps),
      examples: [steady(shape)],
      // Of one value the gradient is 0: what is left is rounding, of the size of the values.
      options: { gradientTolerance: { absolute: 2e-6 } },
    }),
  ),
  argmax: property(ranked, ({ rows, classes, seed, wild }) => ({
    build: engine.argmax,
    examples: [ranks([rows, classes], seed, wild)],
    options: { gradient: false },
  })),
  hits: property(ranked, ({ rows, classes, seed, wild }) => ({
    build: engine.hits,
    examples: [ranks([rows, classes], seed, wild), labels(rows, classes)],
    options: { gradient: false },
  })),
};
