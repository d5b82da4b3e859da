import type { Shape, Tensor } from "../tensor.ts";
import { type ConvMoves, convolve } from "./conv2d.ts";
import { depthToSpace } from "./depth_to_space.ts";
import { dilate } from "./dilate.ts";
import { meetings, turnFilters } from "./turn_filters.ts";

/**
 * Gradient of a convolution by its images: a convolution of dy with the filters turned round, so that the forward
 * kernels serve. Of stride 2 and more, that of every pixel of a square of `stride` is a channel of its own: fewer
 * products than with zeros between the pixels of dy, 16 instead of 36 of a 3x3 window for the 9 that there are.
 *
 * @param dy [N, OH, OW, outC]. @param filters Packed, as the forward convolution took them.
 * @param shape Of the images, [N, H, W, inC].
 */
export function conv2dImageGrad(dy: Tensor, filters: Tensor, moves: ConvMoves, shape: Shape): Tensor {
  const { kernel, stride, padding, groups } = moves;
  const [, height, width, inC] = shape;
  if (kernel === 1 && padding === 0) {
    // Nothing is summed over pixels: zeros between those of the result are no products.
    const turned = turnFilters(filters, { kernel, groups, inC });
    const dx = convolve(dy, turned, { kernel, stride: 1, padding: 0, groups });
    return stride === 1 ? dx : dilate(dx, { stride, height, width });
  }
  const { first, count } = meetings(moves);
  const turned = turnFilters(filters, { kernel, groups, inC, stride, padding });
  const around = Math.max(0, -first);
  const before = first + around;
  // Windows until the last pixel of the images has its own; sides may differ, and what is too much is left out.
  const extra = Math.max(
    ...[[height, dy.shape[1]], [width, dy.shape[2]]].map(([side, from]) =>
      Math.ceil(side / stride) + before + count - 1 - from - 2 * around
    ),
  );
  const phases = convolve(dy, turned, { kernel: count, stride: 1, padding: around, extra, groups });
  const same = stride === 1 && before === 0 && phases.shape[1] === height && phases.shape[2] === width;
  return same ? phases : depthToSpace(phases, { side: stride, before, height, width, groups });
}
