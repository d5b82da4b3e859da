// Products in tiles: sums in parts, and values that are not finite beside the edges of tiles, which must not cross them.

import { assert, assertEquals } from "@std/assert";
import { interpret } from "../../../../engine/graph/interpret.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { input, nameOf } from "../../../../engine/graph/source.ts";
import type { Shape } from "../../../../engine/kernel/shape.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { conv2dFiltersGrad } from "../../../../engine/ops/conv/conv2d_filters_grad.ts";
import { matmul } from "../../../../engine/ops/matmul/matmul.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { checkOp, deviceOf } from "../../check.ts";
import { type Numbers, valuesOf } from "../../examples.ts";
import { kernelsOf } from "../../families.ts";
import { byWay } from "../../ways.ts";

type Build = (...inputs: Tensor[]) => Tensor;

const convolved = (options: { stride?: number; padding?: number; groups?: number }): Build => (x, w) =>
  conv2d(x, w, options);

// Long sums of few results, their lengths no multiple of a stage: one image, three channels, a stride, groups, a batch.
const IN_PARTS: [string, Build, Shape[]][] = [
  ["matmul in parts", matmul, [[5, 2053], [2053, 9]]],
  ["matmul with bias in parts", matmul, [[3, 1500], [1500, 20], [20]]],
  ["matmul of batches in parts", matmul, [[2, 5, 1111], [2, 1111, 6]]],
  ["conv2d in parts", convolved({ padding: 1 }), [[1, 5, 5, 70], [18, 3, 3, 70]]],
  ["conv2d of 3 channels in parts", convolved({ stride: 3, padding: 2 }), [[2, 17, 15, 3], [7, 15, 15, 3]]],
  ["conv2d in groups in parts", convolved({ padding: 1, groups: 2 }), [[1, 3, 4, 152], [16, 3, 3, 76]]],
];

for (const [name, build, shapes] of IN_PARTS) {
  checkOp(name, build, shapes);
  Deno.test(`${name} takes two stages, the same values each time`, async () => {
    const inputs = shapes.map((shape, i) => input(`${i}`, shape));
    using plan = await Plan.make(await deviceOf("tile"), { outputs: { y: build(...inputs) } });
    assert(kernelsOf(plan.steps).some(({ label }) => label === "product_total"));
    const feeds = Object.fromEntries(inputs.map(({ shape }, i) => [i, valuesOf({ shape }, `${name} ${i}`)]));
    const runs: Float32Array[] = [];
    for (let i = 0; i < 3; i++) {
      plan.run(feeds);
      runs.push(await plan.read("y"));
    }
    assertEquals(runs[1], runs[0]);
    assertEquals(runs[2], runs[0]);
  });
}

/** A graph of two inputs, and where one of them has a value that is not finite. */
interface Wild {
  name: string;
  build: Build;
  shapes: [Shape, Shape];
  /** The input, and its place of the value. */
  at: [input: 0 | 1, place: number];
}

const still = { kernel: 3, stride: 1, padding: 1, groups: 1 };

// The last value of a row, column, image or pixel, behind which a tile goes on. A filter's middle meets every pixel: its
// other taps meet zeros around the image, and infinity times zero is not a number.
const WILD: Wild[] = [
  { name: "matmul", build: matmul, shapes: [[9, 7], [7, 10]], at: [0, 3 * 7 + 6] },
  { name: "matmul", build: matmul, shapes: [[9, 7], [7, 10]], at: [1, 6 * 10 + 9] },
  { name: "matmul in parts", build: matmul, shapes: [[5, 2053], [2053, 9]], at: [0, 2 * 2053 + 2052] },
  { name: "matmul in parts", build: matmul, shapes: [[5, 2053], [2053, 9]], at: [1, 2052 * 9 + 8] },
  { name: "matmul of batches", build: matmul, shapes: [[3, 5, 6], [3, 6, 7]], at: [0, 5 * 6 - 1] },
  { name: "matmul of batches", build: matmul, shapes: [[3, 5, 6], [3, 6, 7]], at: [1, 6 * 7] },
  { name: "conv2d", build: convolved({ padding: 1 }), shapes: [[2, 5, 6, 3], [6, 3, 3, 3]], at: [0, 89] },
  { name: "conv2d", build: convolved({ padding: 1 }), shapes: [[2, 5, 6, 3], [6, 3, 3, 3]], at: [0, 90] },
  { name: "conv2d", build: convolved({ padding: 1 }), shapes: [[2, 5, 6, 3], [6, 3, 3, 3]], at: [1, 14] },
  {
    name: "conv2d in groups",
    build: convolved({ groups: 2 }),
    shapes: [[2, 3, 4, 8], [8, 1, 1, 4]],
    at: [0, 3],
  },
  {
    name: "conv2dFiltersGrad",
    build: (x, dy) => conv2dFiltersGrad(x, dy, still),
    shapes: [[3, 3, 5, 5], [3, 3, 5, 6]],
    at: [0, 3 * 3 * 5 * 5 - 1],
  },
  {
    name: "conv2dFiltersGrad",
    build: (x, dy) => conv2dFiltersGrad(x, dy, { ...still, padding: 0 }),
    shapes: [[3, 5, 7, 4], [3, 3, 5, 7]],
    at: [1, 6],
  },
];

for (const { name, build, shapes, at: [which, place] } of WILD) {
  for (const wild of [Infinity, NaN]) {
    const title = `${wild} in place ${place} of input ${which} of ${name} stays in its rows and columns`;
    Deno.test(title, async () => {
      const inputs = shapes.map((shape, i) => input(`${i}`, shape));
      const feeds = new Map<Tensor, Numbers>(
        inputs.map((tensor) => [tensor, valuesOf({ shape: tensor.shape }, `${title} ${nameOf(tensor)}`)]),
      );
      feeds.get(inputs[which])![place] = wild;
      const y = build(...inputs);
      const finite = (values: ArrayLike<number>) => Array.from(values, (value) => Number.isFinite(value));
      const expected = finite(interpret([y], feeds)[0]);
      assert(expected.includes(true) && expected.includes(false));
      const first = await byWay("tile", { outputs: { y }, feeds }, 0);
      for (let n = 0; n < first.most; n++) {
        const { values } = n === 0 ? first : await byWay("tile", { outputs: { y }, feeds }, n);
        assertEquals(finite(values.y), expected, `way ${n}`);
      }
    });
  }
}
