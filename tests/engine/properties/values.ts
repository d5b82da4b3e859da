// Ops on each value, and on pairs that repeat to one shape.

import fc from "fast-check";
import * as engine from "../../../engine/mod.ts";
import type { Shape } from "../../../engine/kernel/shape.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import type { CheckOptions, Example } from "../examples.ts";
import { type Property, property } from "./case.ts";
import { shapes, ties } from "./draws.ts";

/** Of any rank; values as the example says, standard normal ones by default. */
function ofEach(
  build: (x: Tensor) => Tensor,
  more: Partial<Example> = {},
  options: CheckOptions = {},
): Property {
  return property(shapes(0, 4), (shape) => ({ build, examples: [{ shape, ...more }], options }));
}

const flat: CheckOptions = { gradient: false };

/** Shapes that repeat to one: some axes of either are 1, and the leading ones of the second may be missing. */
const pairs: fc.Arbitrary<[Shape, Shape]> = shapes(0, 4).chain((shape) =>
  fc.record({
    onesOfA: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    onesOfB: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    missing: fc.nat(shape.length),
    repeats: fc.boolean(),
    swapped: fc.boolean(),
  }).map(({ onesOfA, onesOfB, missing, repeats, swapped }): [Shape, Shape] => {
    if (!repeats) return [shape, shape];
    const a = shape.map((length, axis) => onesOfA[axis] && !onesOfB[axis] ? 1 : length);
    const b = shape.map((length, axis) => onesOfB[axis] ? 1 : length).slice(missing);
    return swapped ? [b, a] : [a, b];
  })
);

function ofPairs(
  build: (a: Tensor, b: Tensor) => Tensor,
  more: Partial<Example> = {},
  options: CheckOptions = {},
): Property {
  return property(pairs, ([a, b]) => ({
    build,
    examples: [a, b].map((shape) => ({ shape, range: [0.3, 2] as const, ...more })),
    // Where a shape was repeated, the gradient is a sum of numbers of one sign.
    options: { cotangent: [0.5, 1.5], ...options },
  }));
}

/** The same of whole numbers, of which many are equal, which central differences have no word for. */
function ofTies(build: (a: Tensor, b: Tensor) => Tensor, options: CheckOptions = {}): Property {
  return property(
    fc.record({ pair: pairs, seed: fc.nat(1000) }),
    ({ pair: [a, b], seed }) => ({
      build,
      examples: [ties(a, seed), ties(b, seed + 1)],
      options: { cotangent: [0.5, 1.5], ...options },
      places: 0,
    }),
  );
}

const positive: Partial<Example> = { range: [0.3, 2] };

export const values: Record<string, Property> = {
  abs: ofEach(engine.abs),
  exp: ofEach(engine.exp),
  log: ofEach(engine.log, positive),
  neg: ofEach(engine.neg),
  relu: ofEach(engine.relu),
  scale: property(
    fc.record({ shape: shapes(0, 4), factor: fc.constantFrom(0, 1, -2.5) }),
    ({ shape, factor }) => ({ build: (x) => engine.scale(x, factor), examples: [{ shape }] }),
  ),
  sigmoid: ofEach(engine.sigmoid, { range: [-6, 6] }),
  sign: ofEach(engine.sign, {}, flat),
  sqrt: ofEach(engine.sqrt, positive),
  square: ofEach(engine.square),
  clamp: property(
    fc.record({
      shape: shapes(0, 4),
      least: fc.constantFrom(-0.5, -Infinity, 0.25),
      most: fc.constantFrom(0.5, Infinity, 0.25),
    }),
    ({ shape, least, most }) => ({ build: (x) => engine.clamp(x, least, most), examples: [{ shape }] }),
  ),
  pow: property(
    fc.record({ shape: shapes(0, 4), exponent: fc.constantFrom(0, 1, 2, 3, -1, -2, 0.5, 1.7, 9, -12) }),
    ({ shape, exponent }) => ({
      build: (x) => engine.pow(x, exponent),
      // exp2 and log2 of a software adapter err by some 1e-6, times the exponent; of whole ones x may be negative.
      examples: [{ shape, range: Number.isInteger(exponent) ? [-1.5, -0.7] : [0.7, 1.5] }],
      options: { relative: 5e-5 },
    }),
  ),
  add: ofPairs(engine.add),
  div: ofPairs(engine.div),
  mul: ofPairs(engine.mul),
  sub: ofPairs(engine.sub),
  maximum: ofTies(engine.maximum),
  minimum: ofTies(engine.minimum),
  equal: ofTies(engine.equal, flat),
  greater: ofTies(engine.greater, flat),
  greaterEqual: ofTies(engine.greaterEqual, flat),
  less: ofTies(engine.less, flat),
  lessEqual: ofTies(engine.lessEqual, flat),
  where: property(
    fc.record({ pair: pairs, seed: fc.nat(1000), which: fc.nat(2) }),
    ({ pair: [a, b], seed, which }) => {
      const given: Example[] = [{ shape: a, range: [0.5, 1.5] }, { shape: b, range: [0.5, 1.5] }];
      const condition: Example = { ...ties([a, b, []][which], seed), gradient: false };
      const options: CheckOptions = { cotangent: [0.5, 1.5] };
      return { build: engine.where, examples: [condition, ...given], options };
    },
  ),
};
