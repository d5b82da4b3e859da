// Kernels of the `tile` family that join values across a workgroup: by subgroups and without them they are near their
// float64 reference, and both the same to the bit. Shapes are drawn.

import { assert, assertEquals } from "@std/assert";
import * as engine from "../../../../engine/mod.ts";
import { globalNorm } from "../../../../engine/optim/global_norm.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { gml } from "../../../../engine/ops/loss/gml.ts";
import { softmaxNll } from "../../../../engine/ops/loss/softmax_nll.ts";
import { weightedMean } from "../../../../engine/ops/statistics/weighted_mean.ts";
import type { Shape } from "../../../../engine/kernel/shape.ts";
import { comparisonOf, type Way } from "../../compare.ts";
import type { CheckOptions, Example } from "../../examples.ts";
import { deviceOf, evaluateAll, TILE_WITHOUT_SUBGROUPS } from "../../families.ts";
import { seedOf, uniform } from "../../random.ts";

const WAYS: readonly Way[] = ["tile", TILE_WITHOUT_SUBGROUPS];

interface Joining {
  build: (...inputs: Tensor[]) => Tensor;
  /** Its inputs for a drawn shape [rows, columns]. */
  examples?: (shape: Shape) => readonly Example[];
  options?: CheckOptions;
}

const labels = ([rows, classes]: Shape): Example => ({ shape: [rows], dtype: "u32", range: [0, classes] });
const steady = (shape: Shape): Example => ({ shape, range: [0.5, 1.5] });
const difference: CheckOptions = { absolute: 2e-6, gradientTolerance: { relative: 1e-4, absolute: 1e-4 } };

const OPS: Readonly<Record<string, Joining>> = {
  softmax: { build: engine.softmax, options: { absolute: 2e-6 } },
  logSoftmax: { build: engine.logSoftmax, options: { absolute: 2e-6 } },
  l2Normalize: { build: (x) => engine.l2Normalize(x, 1), options: { absolute: 2e-6 } },
  softmaxNll: {
    build: (logits, labels) => softmaxNll(logits, labels, null),
    examples: (shape) => [{ shape }, labels(shape)],
    options: { absolute: 2e-6 },
  },
  hits: {
    build: engine.hits,
    examples: (shape) => [{ shape }, labels(shape)],
    options: { gradient: false },
  },
  argmax: { build: engine.argmax, options: { gradient: false } },
  sum: { build: (x) => engine.sum(x, [1]), examples: (shape) => [steady(shape)] },
  max: { build: (x) => engine.max(x, [1]) },
  weightedMean: {
    build: weightedMean,
    examples: ([rows]) => [steady([rows]), { ...steady([rows]), gradient: false }],
  },
  gml: {
    build: gml,
    examples: (shape) => [steady(shape.slice(0, 1)), labels(shape)],
    options: { absolute: 2e-6 },
  },
  globalNorm: {
    build: globalNorm,
    examples: ([, columns]) => [steady([columns])],
    options: { gradient: false },
  },
  channelMoments: { build: engine.channelMoments, examples: (shape) => [steady(shape)], options: difference },
  batchNormTraining: {
    build: (x, gamma, beta) => engine.batchNormTraining(x, { gamma, beta }, 0.01).y,
    examples: (shape) => [{ shape }, steady(shape.slice(1)), steady(shape.slice(1))],
    options: { relative: 2e-5, absolute: 1e-5, gradientTolerance: { relative: 1e-4, absolute: 1e-4 } },
  },
};

/** Shapes of rows: of few values and of many, of channels by which 1, 2, 4, 8 and 16 sums of a workgroup are made. */
function drawn(name: string): Shape[] {
  const next = uniform(seedOf(`joins of ${name}`));
  const within = (least: number, most: number) => least + Math.floor((most - least + 1) * next());
  return [
    [within(2, 9), within(2, 8)],
    [within(60, 200), within(9, 40)],
    [within(2, 300), within(41, 700)],
  ];
}

for (const [name, { build, examples = (shape: Shape) => [{ shape }], options = {} }] of Object.entries(OPS)) {
  for (const shape of drawn(name)) {
    const title = `${name} of drawn [${shape.join(", ")}] by subgroups and without`;
    Deno.test(title, async () => {
      const { runs, check } = await comparisonOf(title, build, examples(shape), options, {
        ways: WAYS,
        places: 0,
      });
      const texts = runs.map(({ device: { pipelines } }) => {
        const seen: string[] = [];
        const make = Object.getPrototypeOf(pipelines).of;
        pipelines.of = (source) => (seen.push(source.wgsl), make.call(pipelines, source));
        return seen;
      });
      const found = await evaluateAll(runs);
      check(found);
      const [shared, alone] = found;
      for (const key of Object.keys(alone)) assertEquals(shared[key], alone[key], `${key} with and without`);
      const { hasSubgroups } = await deviceOf("tile");
      assertEquals(texts.map((seen) => seen.some((text) => text.includes("subgroupShuffle"))), [
        hasSubgroups,
        false,
      ]);
      assert(texts[1].some((text) => text.includes("workgroup_join(")), "nothing is joined");
    });
  }
}
