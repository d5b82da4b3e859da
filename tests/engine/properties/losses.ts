// Losses: absent classes, one class, priors, logits so far apart that exp would overflow.

import fc from "fast-check";
import * as engine from "../../../engine/mod.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import type { CheckOptions, Example } from "../examples.ts";
import { type Property, property } from "./case.ts";
import { CHANNELS, labels, length, made } from "./draws.ts";

const batches = fc.record({
  rows: length(CHANNELS),
  classes: length(CHANNELS),
  present: fc.nat(CHANNELS),
  large: fc.boolean(),
  weighted: fc.boolean(),
});

type Batch = typeof batches extends fc.Arbitrary<infer T> ? T : never;

/** A loss of logits, labels and a table of a value for each class. */
function loss(
  build: (logits: Tensor, labels: Tensor, table: Tensor) => Tensor,
  logitsOf: (batch: Batch) => Example["range"],
  options: CheckOptions = {},
): Property {
  return property(batches, (batch) => {
    const { rows, classes, present, large } = batch;
    return {
      build,
      examples: [
        { shape: [rows, classes], range: logitsOf(batch) },
        labels(rows, 1 + present % classes),
        { shape: [classes], range: [0.1, 0.9], gradient: false },
      ],
      // f32 logits near 80 carry 4e-6 each; a loss of nearly 0 is a difference.
      options: { shape: [], absolute: large ? 2e-5 : 2e-6, ...options },
    };
  });
}

const near = (most: number) => (): Example["range"] => [-most, most];
const nearOrFar = ({ large }: Batch): Example["range"] => large ? [-80, 80] : [-5, 5];

export const losses: Record<string, Property> = {
  crossEntropy: loss((z, y) => engine.crossEntropy(z, y), nearOrFar),
  "crossEntropy, weighted": loss((z, y, weights) => engine.crossEntropy(z, y, { weights }), nearOrFar),
  balancedSoftmax: loss(engine.balancedSoftmax, nearOrFar),
  gmlLoss: loss(engine.gmlLoss, nearOrFar),
  // Of samples that are nearly right 1 - p has lost digits.
  focalLoss: loss((z, y, weights) => engine.focalLoss(z, y, { gamma: 2, weights }), near(3), {
    relative: 1e-4,
  }),
  // Cosines times 30.
  ldamLoss: loss((z, y, margins) => engine.ldamLoss(z, y, margins), near(30), {
    relative: 3e-5,
    absolute: 1e-5,
  }),
  labelAwareSmoothing: loss(engine.labelAwareSmoothing, nearOrFar),
  pacoLoss: property(
    fc.record({ batch: batches, places: length(CHANNELS), width: length(16), seed: fc.nat(1000) }),
    ({ batch: { rows, classes, present }, places, width, seed }) => {
      const vectors = (count: number, gradient = false): Example => ({ shape: [count, width], gradient });
      return {
        build: (logits, x, keys, queue, queueLabels, labels, logPrior) =>
          engine.pacoLoss({
            ...{ logits, features: engine.l2Normalize(x), keys: engine.l2Normalize(keys), labels, logPrior },
            ...{ queue: engine.l2Normalize(queue), queueLabels },
            ...{ temperature: 0.2, alpha: 0.05, beta: 1, gamma: 1 },
          }),
        examples: [
          { shape: [rows, classes], range: [-3, 3] },
          ...[vectors(rows, true), vectors(rows), vectors(places)],
          // From -1, an empty place, to the last class.
          { ...made([places], seed, (next) => Math.floor((classes + 1) * next()) - 1), gradient: false },
          labels(rows, 1 + present % classes),
          { shape: [classes], range: [1, 6], gradient: false },
        ],
        options: { shape: [], relative: 3e-5, gradientTolerance: { relative: 1e-4, absolute: 1e-5 } },
      };
    },
  ),
};
