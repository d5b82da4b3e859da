// Convolutions, pools and what else goes over images.

import fc from "fast-check";
import * as engine from "../../../engine/mod.ts";
import { type Shape, sizeOf } from "../../../engine/kernel/shape.ts";
import type { Example } from "../examples.ts";
import { type Property, property } from "./case.ts";
import {
  BATCH,
  CHANNELS,
  images,
  length,
  made,
  orderOf,
  shapes,
  SIDE,
  steady,
  ties,
  within,
} from "./draws.ts";

/** Most products of a convolution: its float64 reference is slow, and its gradients take as many each. */
const MOST_PRODUCTS = 150_000;

const SIZES = ["batch", "height", "width", "inEach", "outEach"] as const;

/** A convolution, with a window that fits the image, if only just. */
interface Convolution {
  x: Shape;
  weight: Shape;
  stride: number;
  padding: number;
  groups: number;
}

const convolutions: fc.Arbitrary<Convolution> = fc.record({
  sizes: fc.record({
    batch: length(BATCH),
    height: length(SIDE),
    width: length(SIDE),
    inEach: length(CHANNELS),
    outEach: length(CHANNELS),
  }),
  kernel: length(9),
  stride: length(5),
  padding: fc.nat(6),
  tight: fc.boolean(),
  groups: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: length(CHANNELS) }),
  order: orderOf(SIZES),
}).map(({ sizes, kernel, stride, padding, tight, groups, order }) => {
  const each = Math.floor(CHANNELS / groups);
  const wanted = {
    ...sizes,
    inEach: Math.min(sizes.inEach, each),
    outEach: Math.min(sizes.outEach, each),
  };
  const places = (side: number) => Math.max(1, Math.floor((side + 2 * padding - kernel) / stride) + 1);
  const cut = within(
    wanted,
    order,
    ({ batch, height, width, inEach, outEach }) =>
      batch * places(height) * places(width) * inEach * outEach * groups * kernel ** 2,
    MOST_PRODUCTS,
  );
  // As many zeros around an image smaller than the window as give it a place, or more.
  const least = Math.max(0, Math.ceil((kernel - Math.min(cut.height, cut.width)) / 2));
  return {
    x: [cut.batch, cut.height, cut.width, cut.inEach * groups],
    weight: [cut.outEach * groups, kernel, kernel, cut.inEach],
    stride,
    padding: tight ? least : Math.max(padding, least),
    groups,
  };
});

const cotangent = { cotangent: [0.5, 1.5] as const };

/** A convolution with the channels of its batch norm, and switches. */
const blocks = fc.record({
  convolution: convolutions,
  norm: fc.constantFrom("none", "frozen", "training"),
  residual: fc.boolean(),
  relu: fc.boolean(),
  seed: fc.nat(1000),
});

/** Numbers of both signs far from 0, so that rounding does not decide what a rectifier lets through. */
function farFromZero(shape: Shape, seed: number): Example {
  return made(shape, seed, (next) => (2 + next()) * (next() < 0.5 ? -1 : 1));
}

const windows = fc.record({
  shape: images,
  kernel: length(6),
  stride: length(7),
  padding: fc.nat(3),
  seed: fc.nat(1000),
}).map(({ shape, kernel, stride, padding, seed }) => {
  const fits = Math.min(padding, Math.floor(kernel / 2));
  const side = Math.min(shape[1], shape[2]) + 2 * fits;
  // A window that does not fit is made as large as the image with its zeros.
  const own = Math.min(kernel, side);
  return { shape, window: { kernel: own, stride, padding: Math.min(fits, Math.floor(own / 2)) }, seed };
});

export const imageOps: Record<string, Property> = {
  conv2d: property(convolutions, ({ x, weight, ...options }) => ({
    build: (image, filters) => engine.conv2d(image, filters, options),
    examples: [steady(x), steady(weight)],
    options: cotangent,
    subgroups: true,
  })),
  // What a plan fuses into a convolution.
  "conv2d in a block": property(
    blocks,
    ({ convolution: { x, weight, ...moves }, norm, residual, relu, seed }) => {
      const channels = [weight[0]];
      const y = engine.conv2d(engine.input("x", x), engine.input("weight", weight), moves).shape;
      const vector = steady(channels);
      return {
        build: (image, filters, gamma, beta, mean, variance, added) => {
          const convolved = engine.scale(engine.conv2d(image, filters, moves), 1 / sizeOf(weight.slice(1)));
          const normed = norm === "none"
            ? engine.add(convolved, beta)
            : norm === "frozen"
            ? engine.batchNorm(convolved, { gamma, beta, mean, variance })
            : engine.batchNormTraining(convolved, { gamma, beta }, 0.3).y;
          const sum = residual ? engine.add(normed, added) : normed;
          return relu ? engine.relu(sum) : sum;
        },
        examples: [
          ...[steady(x), steady(weight), { shape: channels, range: [0.1, 0.3] as const }],
          ...[farFromZero(channels, seed), vector, vector],
          { shape: y, range: [-0.5, 0.5] },
        ],
        options: { gradient: false, absolute: 1e-5 },
      };
    },
  ),
  avgPool: property(windows, ({ shape, window }) => ({
    build: (x) => engine.avgPool(x, window),
    examples: [steady(shape)],
    options: cotangent,
  })),
  maxPool: property(windows, ({ shape, window, seed }) => ({
    build: (x) => engine.maxPool(x, window),
    examples: [ties(shape, seed)],
    options: cotangent,
    places: 0, // of equal values one takes the gradient, of which differences know nothing
  })),
  globalAvgPool: property(images, (shape) => ({ build: engine.globalAvgPool, examples: [steady(shape)] })),
  shortcut: property(
    fc.record({ shape: images, stride: length(4), more: fc.nat(20) }),
    ({ shape, stride, more }) => ({
      build: (x) => engine.shortcut(x, { stride, channels: shape[3] + 2 * more }),
      examples: [{ shape }],
    }),
  ),
  normalize: property(
    fc.record({ shape: shapes(3, 3), channels: length(4) }),
    ({ shape: [n, h, w], channels }) => {
      const [mean, std] = [[0.49, 0.48, 0.44, 0.5], [0.2, 0.19, 0.21, 0.25]].map((all) =>
        all.slice(0, channels)
      );
      return {
        build: (x) => engine.normalize(x, { mean, std }),
        examples: [{ shape: [n, h, w, channels], dtype: "u8" }],
        options: { gradient: false },
      };
    },
  ),
};
