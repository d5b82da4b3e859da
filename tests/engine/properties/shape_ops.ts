// Ops that move values: other shapes, other orders, parts and joins.

import fc from "fast-check";
import * as engine from "../../../engine/mod.ts";
import { type Shape, sizeOf } from "../../../engine/kernel/shape.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { type Property, property } from "./case.ts";
import { CHANNELS, labels, length, orderOf, shapes, steady, withAxis } from "./draws.ts";

const cotangent = { cotangent: [0.5, 1.5] as const };

/** For each axis of a shape what is drawn for its length. */
function perAxis<T>(
  of: fc.Arbitrary<Shape>,
  draw: (length: number) => fc.Arbitrary<T>,
): fc.Arbitrary<{ shape: Shape; each: T[] }> {
  return of.chain((shape) => fc.tuple(...shape.map(draw)).map((each) => ({ shape, each })));
}

/** Values in another shape: two lengths joined, or one taken apart. */
const reshaped = perAxis(shapes(1, 4), (n) => fc.constantFrom(...divisorsOf(n)));

function divisorsOf(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((divisor) => n % divisor === 0);
}

const permuted = shapes(1, 4).chain((shape) =>
  orderOf(shape.map((_, axis) => String(axis))).map((axes) => ({ shape, axes: axes.map(Number) }))
);

/** Every so many places from one on, to another or to the end. */
const ranges = perAxis(
  shapes(1, 4),
  (n) =>
    fc.record({ start: fc.nat(n - 1), cut: fc.nat(n - 1), step: length(4), negative: fc.boolean() })
      .map(({ start, cut, step, negative }) => {
        const end = Math.max(start + 1, n - cut);
        return negative ? [start - n, end === n ? n : end - n, step] as const : [start, end, step] as const;
      }),
);

const padded = fc.record({
  widths: perAxis(shapes(1, 4), () => fc.tuple(fc.nat(5), fc.nat(5))),
  fill: fc.constantFrom(0, -1.5),
});

/** Tensors that differ in one length. */
const parts = fc.record({
  axes: withAxis(shapes(1, 4)),
  lengths: fc.array(length(9), { minLength: 1, maxLength: 7 }),
});

const entries = fc.record({
  shape: shapes(1, 3),
  rows: length(CHANNELS),
  present: fc.nat(100),
});

export const shapeOps: Record<string, Property> = {
  reshape: property(reshaped, ({ shape, each }) => ({
    build: (x) => engine.reshape(x, [...each, -1]),
    examples: [{ shape }],
    options: { shape: [...each, sizeOf(shape) / sizeOf(each)] },
  })),
  permute: property(permuted, ({ shape, axes }) => ({
    build: (x) => engine.permute(x, axes),
    examples: [{ shape }],
    options: { shape: axes.map((axis) => shape[axis]) },
  })),
  transpose: property(shapes(2, 4), (shape) => ({ build: engine.transpose, examples: [{ shape }] })),
  slice: property(ranges, ({ shape, each }) => ({
    build: (x) => engine.slice(x, each),
    examples: [{ shape }],
  })),
  pad: property(padded, ({ widths: { shape, each }, fill }) => ({
    build: (x) => engine.pad(x, each, fill),
    examples: [{ shape }],
  })),
  concat: property(parts, ({ axes: { shape, axis }, lengths }) => ({
    build: (...all) => engine.concat(all, axis),
    examples: lengths.map((length) => ({ shape: shape.map((n, other) => other === axis ? length : n) })),
  })),
  stack: property(
    fc.record({ axes: withAxis(shapes(1, 3)), count: length(5) }),
    ({ axes: { shape, axis }, count }) => ({
      build: (...all) => engine.stack(all, axis),
      examples: Array.from({ length: count }, () => ({ shape })),
    }),
  ),
  expand: property(
    perAxis(shapes(0, 4), () => fc.boolean()),
    ({ shape, each }) => ({
      build: (x) => engine.expand(x, shape),
      examples: [{ shape: shape.map((n, axis) => each[axis] ? 1 : n) }],
      options: cotangent,
    }),
  ),
  stopGradient: property(shapes(0, 4), (shape) => ({
    build: (x) => engine.add(engine.stopGradient(engine.square(x)), x),
    examples: [{ shape }],
    // It has no gradient where a difference finds one.
    places: 0,
  })),
  gather: property(entries, ({ shape, rows, present }) => ({
    build: engine.gather,
    examples: [{ shape }, labels(rows, 1 + present % shape[0])],
    options: cotangent,
  })),
  scatterAdd: property(entries, ({ shape: [, ...rest], rows, present }) => ({
    build: (values: Tensor, indices: Tensor) => engine.scatterAdd(values, indices, 1 + present),
    examples: [steady([rows, ...rest.slice(-1)]), labels(rows, 1 + present)],
  })),
  oneHot: property(
    fc.record({ rows: length(CHANNELS), classes: length(CHANNELS) }),
    ({ rows, classes }) => ({
      build: (y) => engine.oneHot(y, classes),
      examples: [labels(rows, classes)],
      options: { shape: [rows, classes], gradient: false },
    }),
  ),
  asNumbers: property(
    fc.record({ rows: length(CHANNELS), classes: length(CHANNELS) }),
    ({ rows, classes }) => ({
      build: (y) => engine.asNumbers(y, classes),
      examples: [labels(rows, classes)],
      options: { shape: [rows], gradient: false },
    }),
  ),
  pack: property(fc.array(shapes(0, 4), { minLength: 1, maxLength: 5 }), (all) => ({
    build: (...tensors) => engine.pack(tensors),
    examples: all.map((shape) => ({ shape })),
    options: { gradient: false },
  })),
};
