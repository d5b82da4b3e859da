import type { Shape, Tensor } from "../tensor.ts";
import { type ConvMoves, convolve } from "./conv2d.ts";
import { dilate } from "./dilate.ts";
import { turnFilters } from "./turn_filters.ts";

/**
 * Gradient of a convolution by its images: a convolution of dy with the filters turned round, so that the forward
 * kernels serve. Of stride 2 and more, zeros go between the pixels of dy.
 *
 * @param dy [N, OH, OW, outC]. @param filters Packed, as the forward convolution took them.
 * @param shape Of the images, [N, H, W, inC].
 */
export function conv2dImageGrad(dy: Tensor, filters: Tensor, moves: ConvMoves, shape: Shape): Tensor {
  const { kernel, stride, padding, groups } = moves;
  const [, height, width, inC] = shape;
  const turned = turnFilters(filters, { kernel, groups, inC });
  const still = { kernel, stride: 1, groups };
  if (kernel === 1 && padding === 0) {
    // Nothing is summed over pixels: the zeros can come after.
    const dx = convolve(dy, turned, { ...still, padding: 0 });
    return stride === 1 ? dx : dilate(dx, { stride, before: 0, height, width });
  }
  // What is cropped where the padding is wider than the kernel.
  const around = Math.max(0, kernel - 1 - padding);
  const before = kernel - 1 - padding - around;
  const [h, w] = [height, width].map((length) => length + kernel - 1 - 2 * around);
  const between = stride === 1 && before === 0 ? dy : dilate(dy, { stride, before, height: h, width: w });
  return convolve(between, turned, { ...still, padding: around });
}
