// Matrix products, batch norms and updates of what stays between steps.

import fc from "fast-check";
import * as engine from "../../../engine/mod.ts";
import { running } from "../../../engine/ops/effects/running.ts";
import { runningMoments } from "../../../engine/ops/effects/running_moments.ts";
import { type Property, property } from "./case.ts";
import { BATCH, CHANNELS, length, made, orderOf, shapes, SIDE, steady, within } from "./draws.ts";

/** Most products of a matrix product, as of a convolution. */
const MOST_PRODUCTS = 150_000;

const small = fc.record({
  sizes: fc.record({ batch: length(BATCH), m: length(200), k: length(200), n: length(300) }),
  order: orderOf(["batch", "m", "k", "n"]),
}).map(({ sizes, order }) => within(sizes, order, ({ batch, m, k, n }) => batch * m * k * n, MOST_PRODUCTS));

/** Results of so many values that software adapters take subgroups, where they have them. */
const wide = fc.record({
  batch: fc.constant(1),
  m: fc.integer({ min: 185, max: 200 }),
  k: length(6),
  n: fc.integer({ min: 109, max: 128 }),
});

const products = fc.oneof({ weight: 4, arbitrary: small }, { weight: 1, arbitrary: wide });

const cotangent = { cotangent: [0.5, 1.5] as const };

/** Of few values the gradient of a norm is what is left when sums of the same size are taken off. */
const norms = { relative: 2e-5, absolute: 1e-5 };

export const layers: Record<string, Property> = {
  matmul: property(
    fc.record({ sizes: products, kind: fc.constantFrom("single", "bias", "batch") }),
    ({ sizes: { batch, m, k, n }, kind }) => ({
      build: engine.matmul,
      examples: kind === "batch"
        ? [steady([batch, m, k]), steady([batch, k, n])]
        : [steady([m, k]), steady([k, n]), ...kind === "bias" ? [steady([n])] : []],
      options: cotangent,
      subgroups: true,
    }),
  ),
  linear: property(
    fc.record({ sizes: products, bias: fc.boolean() }),
    ({ sizes: { m, k, n }, bias }) => ({
      build: engine.linear,
      examples: [steady([m, k]), steady([n, k]), ...bias ? [steady([n])] : []],
      options: cotangent,
      subgroups: true,
    }),
  ),
  batchNorm: property(shapes(2, 4), (shape) => {
    const vector = steady(shape.slice(-1));
    return {
      build: (x, gamma, beta, mean, variance) => engine.batchNorm(x, { gamma, beta, mean, variance }),
      examples: [{ shape }, vector, vector, vector, vector],
      options: { cotangent: [0.5, 1.5], ...norms },
    };
  }),
  batchNormTraining: property(
    fc.record({ shape: shapes(2, 4), seed: fc.nat(1000) }),
    ({ shape }) => ({
      build: (x, gamma, beta) => engine.batchNormTraining(x, { gamma, beta }, 0.01).y,
      examples: [{ shape }, steady(shape.slice(-1)), steady(shape.slice(-1))],
      options: { ...norms, gradientTolerance: { relative: 1e-4, absolute: 1e-4 } },
    }),
  ),
  channelMoments: property(shapes(2, 4), (shape) => ({
    build: engine.channelMoments,
    examples: [steady(shape)],
    options: { shape: [2, shape.at(-1)!], ...norms },
  })),
  running: property(
    fc.record({ shape: shapes(0, 3), momentum: fc.constantFrom(0.1, 1), factor: fc.constantFrom(1, -2) }),
    ({ shape, ...options }) => ({
      build: (estimate, value) => running(estimate, value, options),
      examples: [{ shape }, { shape }],
      stored: 1,
    }),
  ),
  runningMoments: property(
    fc.record({ channels: length(CHANNELS), count: length(BATCH * SIDE, 2) }),
    ({ channels, count }) => ({
      build: (mean, variance, moments) => runningMoments(mean, variance, moments, { momentum: 0.1, count }),
      examples: [[channels], [channels], [2, channels]].map((shape) => ({ shape })),
      stored: 2,
    }),
  ),
  enqueue: property(
    fc.record({ shape: shapes(1, 3), rows: length(BATCH) }),
    ({ shape: [capacity, ...rest], rows }) => ({
      build: engine.enqueue,
      examples: [{ shape: [capacity, ...rest] }, { shape: [rows, ...rest] }],
      stored: 1,
    }),
  ),
  accumulateMetrics: property(
    fc.record({
      rows: length(300),
      seed: fc.nat(1000),
      loss: fc.constantFrom(0.5, Infinity),
      bad: fc.constantFrom(0, 3),
    }),
    ({ rows, seed, loss, bad }) => ({
      build: engine.accumulateMetrics,
      examples: [
        { shape: [8], values: [7, 40, 5, bad, 0, 0, 0, 0] },
        { shape: [], values: [loss] },
        made([rows], seed, (next) => Number(next() < 0.4)),
      ],
      stored: 1,
    }),
  ),
};
