import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { apply, type Tensor } from "../../../../engine/graph/node.ts";
import { conv2d, convolve } from "../../../../engine/ops/conv/conv2d.ts";
import { conv2dFiltersGrad } from "../../../../engine/ops/conv/conv2d_filters_grad.ts";
import { depthToSpace } from "../../../../engine/ops/conv/depth_to_space.ts";
import { dilate } from "../../../../engine/ops/conv/dilate.ts";
import { packFilters } from "../../../../engine/ops/conv/pack_filters.ts";
import { input } from "../../../../engine/graph/source.ts";
import { turnFilters } from "../../../../engine/ops/conv/turn_filters.ts";
import { pullback } from "../../../../engine/autodiff/differentiate.ts";
import { checkOp } from "../../check.ts";

// The gradients of conv2d itself are in conv2d_test.ts; here its parts, and the gradient of the gradient.

const still = { stride: 1, padding: 1, groups: 1 };
checkOp("conv2dFiltersGrad", (x, dy) => conv2dFiltersGrad(x, dy, { kernel: 3, ...still }), [
  [2, 5, 9, 5],
  [2, 5, 9, 6],
], { shape: [9 * 8, 6] });

// Rows of the kernel that lie below the image: they meet no pixel, and must not meet one of the next image.
for (
  const [h, w, c, kernel, stride, padding] of [
    ...[[1, 1, 1, 3, 2, 1], [1, 4, 4, 3, 2, 1], [2, 2, 4, 5, 2, 2], [2, 5, 4, 7, 2, 3]],
    // A result of two rows, and kernels that end more than a stride below.
    ...[[1, 1, 1, 5, 2, 3], [1, 3, 1, 7, 2, 3], [2, 2, 1, 9, 3, 4], [1, 2, 1, 4, 5, 2]],
  ]
) {
  checkOp(
    `conv2d whose kernel ends below the image, ${kernel} x ${kernel} by ${stride} from ${padding}`,
    (x, weight) => conv2d(x, weight, { stride, padding }),
    [[2, h, w, c], [4, kernel, kernel, c]],
  );
}

// Sums over 131,072 pixels, of a training batch: more than the 65,535 rounds that loops on software adapters have.
const batch = [128, 32, 32, 4];
checkOp("conv2dFiltersGrad of a batch", (x, dy) => conv2dFiltersGrad(x, dy, { kernel: 3, ...still }), [
  batch,
  batch,
], { gradient: false });
// One image of a single row, and one of a single column.
for (const [h, w] of [[1, 100_003], [100_003, 1]]) {
  checkOp("conv2dFiltersGrad", (x, dy) => conv2dFiltersGrad(x, dy, { kernel: 1, ...still, padding: 0 }), [
    [1, h, w, 1],
    [1, h, w, 3],
  ], { gradient: false });
}

for (const side of [5, 9, 13]) {
  checkOp(
    "dilate",
    (x) => dilate(x, { stride: 3, height: side, width: side + 1 }),
    [[2, 3, 4, 5]],
    { shape: [2, side, side + 1, 5], gradient: false },
  );
}
const part = { stride: 2, height: 5, width: 7, skip: 2, channels: 3 };
checkOp("dilate a part of the channels", (x) => dilate(x, part), [[2, 3, 4, 8]], { gradient: false });

for (const [c, groups, before] of [[36, 1, 0], [54, 3, 1], [72, 1, 2], [72, 2, 0]]) {
  checkOp(
    `depthToSpace of ${groups} groups from ${before}`,
    (x) => depthToSpace(x, { side: 3, before, height: 5, width: 7, groups }),
    [[2, 4, 5, c]],
    { shape: [2, 5, 7, c / 9], gradient: false },
  );
}

// Of stride 2 a window of 3 meets 2 pixels of the result from 0 on, one of 7 meets 4 from -1 on.
for (const [kernel, stride, padding, groups, count] of [[3, 2, 1, 1, 2], [7, 2, 3, 2, 4], [2, 3, 0, 1, 1]]) {
  const [inC, outC] = [5 * groups, 6 * groups];
  checkOp(
    `turnFilters of stride ${stride}`,
    (w) => turnFilters(w, { kernel, groups, inC, stride, padding }),
    [[kernel ** 2 * 8, outC]],
    { shape: [count ** 2 * 8, stride ** 2 * inC], gradient: false },
  );
}

for (const [kernel, inC, outC] of [[1, 1, 1], [3, 5, 6], [2, 8, 4]]) {
  const rows = kernel ** 2 * Math.ceil(inC / 4) * 4;
  checkOp("turnFilters", (w) => turnFilters(w, { kernel, groups: 1, inC }), [[rows, outC]]);
  const shape = [outC, kernel, kernel, inC];
  checkOp(`unpackFilters to ${shape}`, (w) => unpackFilters(w, shape), [[rows, outC]], { shape });
}

/** Filters of this shape from the packed matrix: the gradient of packing them. */
function unpackFilters(packed: Tensor, shape: number[]): Tensor {
  const weight = input("weight", shape);
  return pullback(packFilters(weight), packed, [weight])[0];
}

Deno.test("a convolution with an epilogue is not differentiated", () => {
  const [x, w] = [input("x", [1, 4, 4, 3]), input("w", [2, 3, 3, 3])];
  const { op, inputs, attrs } = convolve(x, packFilters(w), { kernel: 3, ...still });
  const fused = apply(op, inputs, { ...attrs as object, relu: true });
  assertThrows(
    () => pullback(fused, fused, [x]),
    TypeError,
    "[1, 4, 4, 2]: it takes a convolution of x and filters alone, current has a bias, a residual or a rectifier in " +
      "it: differentiate first, a plan fuses after it",
  );
  const scaled = packFilters(w, input("scale", [2]));
  assertThrows(() => pullback(scaled, scaled, [w]), TypeError, "it takes filters without a scale");
  const moves = { kernel: 3, groups: 1, inC: 3, stride: 2, padding: 1 };
  const turned = turnFilters(packFilters(w), moves);
  assertThrows(() => pullback(turned, turned, [w]), TypeError, "it takes a stride of 1, current is 2");
});

Deno.test("the parts of a convolution's gradient refuse what does not fit", () => {
  const x = input("x", [2, 5, 5, 3]);
  const takes = "x and dy of one convolution";
  for (const dy of [[2, 5, 4, 6], [3, 5, 5, 6], [2, 5, 5]]) {
    assertThrows(() => conv2dFiltersGrad(x, input("dy", dy), { kernel: 3, ...still }), ShapeError, takes);
  }
  assertThrows(() => dilate(input("x", [5, 5]), { stride: 1, height: 5, width: 5 }), ShapeError, "images");
  assertThrows(
    () => dilate(x, { stride: 1, height: 5, width: 5, skip: 2, channels: 2 }),
    ShapeError,
    "4 channels",
  );
  const blocks = { side: 2, height: 10, width: 10 };
  assertThrows(() => depthToSpace(x, blocks), ShapeError, "images of 4 blocks of channels");
  assertThrows(
    () => depthToSpace(input("x", [2, 5, 5, 8]), { ...blocks, before: 1 }),
    ShapeError,
    "images that become 10 x 10",
  );
  const packed = input("packed", [36, 6]);
  assertThrows(() => turnFilters(packed, { kernel: 3, groups: 1, inC: 5 }), ShapeError, "for 5 channels");
  const { op, attrs } = unpackFilters(packed, [6, 3, 3, 4]);
  const seven = { ...attrs as object, shape: [7, 3, 3, 4] };
  assertThrows(() => apply(op, [packed], seven), ShapeError, "packed filters [36, 7]");
});
