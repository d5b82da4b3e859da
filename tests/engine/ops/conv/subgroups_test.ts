import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { batchNorm } from "../../../../engine/ops/norm/batch_norm.ts";
import { add } from "../../../../engine/ops/arithmetic/add.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { conv2dFiltersGrad } from "../../../../engine/ops/conv/conv2d_filters_grad.ts";
import { seedOf, uniform } from "../../random.ts";
import { checkSubgroups } from "../../subgroups.ts";

// Batches of as many images as a subgroup has invocations, of one less, and of several subgroups with some left over;
// channels around a 4-vector and a group of vectors, strips that do not fill a row, images smaller than the kernel,
// windows wholly outside the image, groups of channels.
const CASES = [
  { images: [8, 5, 9, 3], outC: 16, kernel: 3, padding: 1 },
  { images: [7, 8, 8, 16], outC: 20, kernel: 3, padding: 1 },
  { images: [15, 4, 4, 5], outC: 7, kernel: 3, padding: 1 },
  { images: [39, 3, 6, 8], outC: 16, kernel: 3, stride: 2, padding: 1 },
  { images: [8, 6, 10, 5], outC: 3, kernel: 1 },
  { images: [16, 3, 4, 8], outC: 32, kernel: 1, stride: 2 },
  { images: [8, 2, 3, 5], outC: 4, kernel: 1, padding: 2 },
  { images: [8, 2, 3, 4], outC: 5, kernel: 5, padding: 2 },
  { images: [8, 9, 20, 4], outC: 8, kernel: 5, stride: 3 },
  { images: [7, 11, 13, 3], outC: 20, kernel: 7, stride: 2, padding: 3 },
  { images: [8, 2, 2, 12], outC: 32, kernel: 3, padding: 1 },
  { images: [8, 1, 35, 2], outC: 9, kernel: 3, padding: 1 },
  { images: [8, 3, 7, 64], outC: 64, kernel: 3, padding: 1 },
  { images: [8, 6, 6, 4], outC: 8, kernel: 2, stride: 2 },
  { images: [8, 17, 17, 3], outC: 6, kernel: 16, stride: 16, padding: 8 },
  { images: [8, 5, 6, 32], outC: 32, kernel: 3, padding: 1, groups: 8 },
  { images: [7, 4, 5, 6], outC: 9, kernel: 3, padding: 1, groups: 3 },
];

// Fewer images than invocations, whose rows fill subgroups: of one image and of several, with rows left over; windows with
// rows above, below and on both sides of the image, or wholly outside; strides that leave the last rows out.
const FEW = [
  { images: [1, 8, 9, 3], outC: 16, kernel: 3, padding: 1 },
  { images: [1, 7, 7, 64], outC: 64, kernel: 3, padding: 1 },
  { images: [4, 7, 5, 6], outC: 20, kernel: 3, padding: 1 },
  { images: [3, 5, 40, 8], outC: 16, kernel: 3, padding: 1 },
  { images: [2, 28, 3, 8], outC: 32, kernel: 3, stride: 2, padding: 1 },
  { images: [1, 31, 15, 3], outC: 20, kernel: 7, stride: 2, padding: 3 },
  { images: [4, 2, 6, 5], outC: 3, kernel: 1 },
  { images: [2, 15, 4, 16], outC: 32, kernel: 1, stride: 2 },
  { images: [2, 4, 3, 5], outC: 4, kernel: 1, padding: 2 },
  { images: [4, 2, 3, 4], outC: 5, kernel: 5, padding: 2 },
  { images: [1, 19, 6, 4], outC: 8, kernel: 5, stride: 2 },
  { images: [4, 17, 17, 3], outC: 6, kernel: 16, stride: 16, padding: 8 },
  { images: [4, 4, 6, 32], outC: 32, kernel: 3, padding: 1, groups: 8 },
];

// Drawn: up to 6 images whose 8, 16 or 24 rows of results fill subgroups of 8.
const next = uniform(seedOf("few images"));
const whole = (below: number) => Math.floor(next() * below);
const DRAWN = Array.from({ length: 12 }, (): (typeof CASES)[number] => {
  const [count, rows] = [[1, 8], [1, 16], [2, 4], [2, 8], [4, 2], [4, 6], [3, 8], [6, 4]][whole(8)];
  const [kernel, stride, padding] =
    [[1, 1, 0], [3, 1, 1], [3, 2, 1], [3, 1, 0], [5, 2, 2], [2, 2, 1]][whole(6)];
  const height = (rows - 1) * stride + kernel - 2 * padding + whole(stride);
  const images = [count, height, kernel + whole(12), 1 + whole(20)];
  return { images, outC: 1 + whole(33), kernel, stride, padding };
});

for (const { images, outC, kernel, ...options } of [...CASES, ...FEW, ...DRAWN]) {
  const { stride = 1, padding = 0, groups = 1 } = options;
  checkSubgroups(
    `conv2d by subgroups, stride ${stride}, padding ${padding}, groups ${groups}`,
    (x, w) => conv2d(x, w, options),
    [images, [outC, kernel, kernel, images[3] / groups]],
    ["conv2d_subgroup"],
  );
}

const [images, channels] = [[7, 5, 9, 6], 10];
const vectors = [{ shape: [channels] }, { shape: [channels] }, { shape: [channels] }, {
  shape: [channels],
  range: [0.5, 2] as const,
}];
checkSubgroups(
  "conv2d by subgroups, batchNorm, add, relu",
  (x, w, r, gamma, beta, mean, variance) =>
    relu(add(batchNorm(conv2d(x, w, { padding: 1 }), { gamma, beta, mean, variance }), r)),
  [images, [channels, 3, 3, 6], [7, 5, 9, channels], ...vectors],
  ["conv2d_subgroup"],
  { gradient: false },
);

// Output channels of one and of two subgroups, in groups too; rows of the kernel below the image; strips that do not fill
// a row; parts that end within an image; a batch of one, for which only this gradient takes subgroups.
const FILTERS = [
  { images: [2, 5, 9, 5], outC: 32, kernel: 3, padding: 1 },
  { images: [3, 6, 8, 8], outC: 64, kernel: 3, stride: 2, padding: 1 },
  { images: [1, 2, 3, 4], outC: 32, kernel: 5, stride: 2, padding: 2 },
  { images: [1, 11, 13, 3], outC: 64, kernel: 7, stride: 2, padding: 3 },
  { images: [2, 17, 17, 3], outC: 32, kernel: 16, stride: 16, padding: 8 },
  { images: [2, 3, 5, 64], outC: 64, kernel: 1 },
  { images: [2, 3, 5, 16], outC: 128, kernel: 1, stride: 2 },
  { images: [2, 4, 5, 16], outC: 64, kernel: 3, padding: 1, groups: 2 },
  { images: [33, 16, 8, 4], outC: 32, kernel: 3, padding: 1 },
];

for (const { images, outC, kernel, ...options } of FILTERS) {
  const { stride = 1, padding = 0, groups = 1 } = options;
  const [n, h, w] = images;
  const places = (side: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1;
  checkSubgroups(
    `conv2dFiltersGrad by subgroups, kernel ${kernel}, stride ${stride}, padding ${padding}, groups ${groups}`,
    (x, dy) => conv2dFiltersGrad(x, dy, { kernel, stride, padding, groups }),
    [images, [n, places(h), places(w), outC]],
    outC / 4 / groups % 8 === 0 ? ["conv2d_filters_grad_subgroup"] : [],
    { gradient: false },
  );
}
