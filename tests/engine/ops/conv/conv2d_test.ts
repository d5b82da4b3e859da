import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { batchNorm } from "../../../../engine/ops/norm/batch_norm.ts";
import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { packFilters } from "../../../../engine/ops/conv/pack_filters.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { input } from "../../../../engine/graph/source.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { checkOp, type Example } from "../../check.ts";
import { checkTorch } from "../../torch_cases.ts";

interface Case {
  images: [n: number, h: number, w: number, inC: number];
  outC: number;
  kernel: number;
  stride?: number;
  padding?: number;
  groups?: number;
}

// Channels around a 4-vector and a group of vectors, odd sides, images smaller than the kernel and than a strip of
// pixels, several strips of which the last is not full, windows wholly outside the image, a batch of one, even kernels,
// strides that leave pixels over, short rows of several images that share a tile, filters of more than a cache.
const CASES: Case[] = [
  { images: [2, 9, 7, 3], outC: 16, kernel: 3, padding: 1 },
  { images: [1, 2, 3, 4], outC: 5, kernel: 5, padding: 2 },
  { images: [3, 5, 17, 5], outC: 4, kernel: 3, padding: 1 },
  { images: [2, 8, 8, 16], outC: 20, kernel: 3, padding: 1 },
  { images: [2, 7, 9, 64], outC: 64, kernel: 3, padding: 1 },
  { images: [2, 9, 9, 20], outC: 64, kernel: 3, stride: 2, padding: 1 },
  { images: [2, 6, 10, 5], outC: 3, kernel: 1 },
  { images: [1, 2, 3, 5], outC: 4, kernel: 1, padding: 2 },
  { images: [1, 3, 28, 4], outC: 4, kernel: 3, padding: 1 },
  { images: [1, 3, 35, 2], outC: 9, kernel: 3, padding: 1 },
  { images: [2, 6, 9, 8], outC: 5, kernel: 1, stride: 2 },
  { images: [2, 4, 5, 3], outC: 2, kernel: 1, stride: 2, padding: 1 },
  { images: [1, 11, 13, 3], outC: 20, kernel: 7, stride: 2, padding: 3 },
  { images: [2, 9, 20, 4], outC: 16, kernel: 5, stride: 3 },
  { images: [1, 6, 6, 4], outC: 8, kernel: 2, stride: 2 },
  { images: [1, 17, 17, 3], outC: 6, kernel: 16, stride: 16, padding: 8 },
  { images: [2, 5, 6, 32], outC: 32, kernel: 3, padding: 1, groups: 8 },
  { images: [1, 5, 9, 32], outC: 64, kernel: 3, stride: 2, padding: 1, groups: 2 },
  { images: [2, 4, 5, 6], outC: 9, kernel: 3, padding: 1, groups: 3 },
  { images: [2, 4, 5, 16], outC: 16, kernel: 3, padding: 1, groups: 8 },
  { images: [2, 5, 4, 12], outC: 12, kernel: 3, padding: 1, groups: 12 },
  { images: [1, 3, 4, 10], outC: 15, kernel: 1, groups: 5 },
  { images: [8, 2, 2, 12], outC: 32, kernel: 3, padding: 1 },
  { images: [6, 5, 4, 8], outC: 8, kernel: 3, padding: 1 },
  { images: [4, 4, 3, 8], outC: 24, kernel: 3, stride: 2, padding: 1 },
  { images: [4, 2, 3, 16], outC: 16, kernel: 1, groups: 2 },
  { images: [4, 3, 7, 64], outC: 64, kernel: 3, padding: 1 },
  { images: [1, 2, 28, 64], outC: 64, kernel: 3, padding: 1 },
];

for (const { images, outC, kernel, ...options } of CASES) {
  const { stride = 1, padding = 0, groups = 1 } = options;
  const name = `conv2d stride ${stride}, padding ${padding}, groups ${groups}`;
  const weight = [outC, kernel, kernel, images[3] / groups];
  checkOp(name, (x, w) => conv2d(x, w, options), [images, weight]);
}

// More pixels than one dimension of workgroups holds: 64 to a tile, at most 65,535 tiles.
checkOp("conv2d of 2 M pixels", (x, w) => conv2d(x, w), [[1, 1449, 1449, 1], [1, 1, 1, 1]], {
  gradient: false,
});

// The epilogues, each channel with numbers of its own. Gradients are of the parts: a plan fuses after them.
const [images, channels] = [[2, 5, 9, 6], 10];
const weight = [channels, 3, 3, 6];
const shape = [2, 5, 9, channels];
const variance: Example = { shape: [channels], range: [0.5, 2] };
const norm = (x: Tensor, [gamma, beta, mean, variance]: Tensor[]) =>
  batchNorm(x, { gamma, beta, mean, variance });
const conv = (x: Tensor, w: Tensor) => conv2d(x, w, { padding: 1 });
const vectors: Example[] = [{ shape: [channels] }, { shape: [channels] }, { shape: [channels] }, variance];

checkOp(
  "conv2d in groups, batchNorm, relu",
  (x, w, ...v) => relu(norm(conv2d(x, w, { padding: 1, groups: 4 }), v)),
  [[2, 5, 9, 16], [8, 3, 3, 4], ...vectors.map((v) => ({ ...v, shape: [8] }))],
);
checkOp("conv2d, relu", (x, w) => relu(conv(x, w)), [images, weight], { shape });
checkOp(
  "conv2d, batchNorm, add, relu",
  (x, w, r, ...v) => relu(add(norm(conv(x, w), v), r)),
  [images, weight, shape, ...vectors],
);

for (const shape of [[1, 1, 1, 1], [5, 3, 3, 3], [20, 1, 1, 5], [16, 7, 7, 4]]) {
  checkOp("packFilters", (w) => packFilters(w), [shape]);
  checkOp("packFilters scaled", (w, scale) => packFilters(w, scale), [shape, [shape[0]]], {
    gradient: false,
  });
}

checkTorch("conv2d", ({ x, weight }, { stride, padding }) => ({ y: conv2d(x, weight, { stride, padding }) }));

Deno.test("conv2d refuses what does not fit, with the shapes", () => {
  const x = input("x", [2, 8, 8, 3]);
  const refuses = (weight: number[], text: string, options = {}) =>
    assertThrows(() => conv2d(x, input("w", weight), options), ShapeError, text);
  refuses(
    [16, 3, 3, 4],
    "current inputs are f32 [2, 8, 8, 3] and f32 [16, 3, 3, 4]: the channels differ",
  );
  refuses([16, 3, 5, 3], "the kernel is not square");
  refuses([16, 9, 9, 3], "the image is smaller than the kernel");
  refuses([16, 3, 3, 3], "the channels differ", { groups: 3 });
  refuses([16, 3, 3, 1], "3 groups do not share 16 filters evenly", { groups: 3 });
  assertThrows(() => conv2d(input("x", [8, 3]), input("w", [4, 1, 1, 3])), ShapeError, "x is not a batch");
});

Deno.test("conv2d refuses strides, paddings and groups that are none", () => {
  const [x, w] = [input("x", [2, 8, 8, 3]), input("w", [16, 3, 3, 3])];
  for (const stride of [0, -1, 1.5]) {
    assertThrows(() => conv2d(x, w, { stride }), RangeError, `a stride of 1 or more, current is ${stride}`);
  }
  for (const groups of [0, -1, 1.5]) {
    assertThrows(
      () => conv2d(x, w, { groups }),
      RangeError,
      `takes groups of 1 or more, current is ${groups}`,
    );
  }
  for (const padding of [-1, 0.5]) {
    assertThrows(
      () => conv2d(x, w, { padding }),
      RangeError,
      `a padding of 0 or more, current is ${padding}`,
    );
  }
});

Deno.test("packFilters refuses a scale of another length", () => {
  const weight = input("w", [4, 3, 3, 3]);
  assertThrows(() => packFilters(weight, input("s", [3])), ShapeError, "a scale [4]");
  assertThrows(() => packFilters(input("w", [4, 9])), ShapeError, "[outC, k, k, inC]");
});
