import type { Shape } from "../../kernel/shape.ts";
import type { Tensor } from "../../graph/node.ts";
import { type ConvMoves, convolve } from "./conv2d.ts";
import { depthToSpace } from "./depth_to_space.ts";
import { dilate } from "./dilate.ts";
import { meetings, turnFilters } from "./turn_filters.ts";

/**
 * Gradient of a convolution by its images: the forward kernels convolve dy with the filters turned round.
 *
 * With a stride of 2 or more, each pixel of a square of stride x stride pixels gets its own block of channels, and
 * {@link depthToSpace} puts the blocks in place. For the 9 taps of a 3x3 window this takes 16 products, where zeros
 * between the pixels of dy would take 36.
 *
 * @param dy [N, OH, OW, outC]. @param filters Packed, as the forward convolution took them.
 * @param shape The images' [N, H, W, inC].
 */
export function conv2dImageGrad(dy: Tensor, filters: Tensor, moves: ConvMoves, shape: Shape): Tensor {
  const { kernel, stride, padding, groups } = moves;
  const [, height, width, inC] = shape;
  if (kernel === 1 && padding === 0) {
    // Nothing is summed over pixels, so that zeros put between the pixels of the result cost no products.
    const turned = turnFilters(filters, { kernel, groups, inC });
    const dx = convolve(dy, turned, { kernel, stride: 1, padding: 0, groups });
    return stride === 1 ? dx : dilate(dx, { stride, height, width });
  }
  const { first, count } = meetings(moves);
  const turned = turnFilters(filters, { kernel, groups, inC, stride, padding });
  const around = Math.max(0, -first);
  const before = first + around;
  // Enough windows for the last pixel of the images. Sides may differ; depth_to_space leaves surplus pixels out.
  const extra = Math.max(
    ...[[height, dy.shape[1]], [width, dy.shape[2]]].map(([side, from]) =>
      Math.ceil(side / stride) + before + count - 1 - from - 2 * around
    ),
  );
  const phases = convolve(dy, turned, { kernel: count, stride: 1, padding: around, extra, groups });
  const same = stride === 1 && before === 0 && phases.shape[1] === height && phases.shape[2] === width;
  return same ? phases : depthToSpace(phases, { side: stride, before, height, width, groups });
}
