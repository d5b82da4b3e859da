import {
  apply,
  defineOp,
  type Kernel,
  type LowerContext,
  misfit,
  type Op,
  type Tensor,
} from "../../graph/node.ts";
import type { Shape } from "../../kernel/shape.ts";
import { conv2dFiltersGrad } from "./conv2d_filters_grad.ts";
import { laneKernels } from "./kernels/conv2d_lane.ts";
import { subgroupKernels } from "./kernels/conv2d_subgroup.ts";
import { tileLowering } from "./kernels/conv2d_tile.ts";
import { blocksOf, packFilters } from "./pack_filters.ts";
import { ceil4 } from "../lowering/tiling.ts";
import { depthToSpace } from "./depth_to_space.ts";
import { dilate } from "./dilate.ts";
import { meetings, turnFilters } from "./turn_filters.ts";
import { checkMoves, type Conv2dAttrs, type ConvMoves, placesOf } from "./kernels/window.ts";

const TAKES = "x [N, H, W, inC] and weight [outC, k, k, inC / groups]";

/** `y = act(x * filters + bias + residual)`, filters packed by {@link packFilters}. */
export const conv2dOp: Op<Conv2dAttrs> = defineOp<Conv2dAttrs>({
  name: "conv2d",
  autocast: "f16",
  maskable: true,
  infer: (inputs, attrs) => {
    const { kernel, groups, bias, residual } = attrs;
    const [x, filters] = inputs;
    const [n, h, w, inC] = x.shape;
    if (x.shape.length !== 4) throw misfit("conv2d", TAKES, inputs, "x is not a batch of images");
    if (filters.shape[0] !== kernel * kernel * ceil4(inC / groups)) {
      throw misfit("conv2d", TAKES, inputs, `the filters are not for ${inC} channels`);
    }
    const shape = [n, placesOf(h, attrs), placesOf(w, attrs), filters.shape[1]];
    if (shape[1] < 1 || shape[2] < 1) {
      throw misfit("conv2d", TAKES, inputs, "the image is smaller than the kernel");
    }
    const rest = inputs.slice(2);
    if (bias && rest.shift()?.size !== shape[3]) {
      throw misfit("conv2d", `a bias [${shape[3]}]`, inputs, "another length");
    }
    if (residual && rest.shift()?.shape.join() !== shape.join()) {
      throw misfit("conv2d", `a residual [${shape.join(", ")}]`, inputs, "another shape");
    }
    return { shape, dtype: "f32" as const };
  },
  gradient: (node, dy) => {
    const { inputs: [x, filters, fused], attrs } = node;
    if (fused || attrs.relu) {
      throw new TypeError(
        `Cannot differentiate ${node.describe()}: it takes a convolution of x and filters alone, current has a ` +
          "bias, a residual or a rectifier in it: differentiate first, a plan fuses after it",
      );
    }
    return [conv2dImageGrad(dy, filters, attrs, x.shape), conv2dFiltersGrad(x, dy, attrs)];
  },
  reference: (node, [x, filters, ...rest]) => {
    const { kernel, stride, padding, groups, bias, residual, relu } = node.attrs;
    const [n, h, w, inC] = node.inputs[0].shape;
    const [, oh, ow, outC] = node.shape;
    const [inEach, outEach] = [inC / groups, outC / groups];
    const shift = bias ? rest.shift()! : null;
    const added = residual ? rest.shift()! : null;
    const y = new Float64Array(node.size);
    for (let at = 0; at < n * oh * ow; at++) {
      const [image, row, col] = [Math.floor(at / (oh * ow)), Math.floor(at / ow) % oh, at % ow];
      for (let co = 0; co < outC; co++) {
        let sum = (shift?.[co] ?? 0) + (added?.[at * outC + co] ?? 0);
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const i = row * stride - padding + Math.floor(tap / kernel);
          const j = col * stride - padding + tap % kernel;
          if (i < 0 || i >= h || j < 0 || j >= w) continue;
          const first = ((image * h + i) * w + j) * inC + Math.floor(co / outEach) * inEach;
          for (let ci = 0; ci < inEach; ci++) {
            sum += x[first + ci] * filters[(tap * ceil4(inEach) + ci) * outC + co];
          }
        }
        y[at * outC + co] = relu ? Math.max(sum, 0) : sum;
      }
    }
    return y;
  },
  wants: ["fast", "fast", "any", "fast"],
  flops: ({ size, attrs, inputs: [x] }) => 2 * size * attrs.kernel ** 2 * x.shape[3] / attrs.groups,
  lower: (node, context) => {
    if (context.family === "tile") return tileLowering(node, context);
    const [first, ...others] = laneFamily(node, context);
    return { kernels: [first], others: others.map((kernel) => [kernel]) };
  },
});

/** Kernels of the lane family, to the same bits; the first is the one to take where no timing is known. */
function laneFamily(node: Tensor<Conv2dAttrs>, { subgroup }: LowerContext): Kernel[] {
  const [shared, alone] = [subgroupKernels(node, subgroup), laneKernels(node)];
  return shared.length > 0 ? [...shared, alone[0]] : alone;
}

/**
 * 2-D convolution, `y = x * weight`.
 *
 * @param x [N, H, W, inC].
 * @param weight [outC, k, k, inC / groups].
 * @param options Stride (default 1), zeros around the image (default 0), and groups of channels that do not meet
 * (default 1): the first outC / groups filters see the first inC / groups channels, and so on.
 * @returns [N, floor((H + 2 padding - k) / stride) + 1, …, outC].
 * @throws {ShapeError} when the channels differ or the kernel is not square. @throws {RangeError} when stride, padding
 * or groups is no such number. Source: torch.nn.functional.conv2d.
 *
 * @example
 * ```ts
 * import { constant, conv2d } from "everyclass";
 * const image = constant([1, 2, 3, 4], [1, 2, 2, 1]);
 * const filter = constant([1, 1, 1, 1], [1, 2, 2, 1]);
 * const y = conv2d(image, filter, { stride: 1, padding: 0 });
 * console.log(y.shape, await y.data()); // [1, 1, 1, 1] and [10]
 * ```
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  options: { stride?: number; padding?: number; groups?: number } = {},
): Tensor {
  const { stride = 1, padding = 0, groups = 1 } = options;
  const cause = x.shape.length !== 4
    ? "x is not a batch of images"
    : weight.shape.length !== 4
    ? "the weight has other dimensions"
    : weight.shape[3] * groups !== x.shape[3]
    ? "the channels differ"
    : weight.shape[0] % groups !== 0
    ? `${groups} groups do not share ${weight.shape[0]} filters evenly`
    : null;
  const moves = { kernel: weight.shape[1], stride, padding };
  checkMoves("conv2d", { ...moves, groups });
  if (cause) throw misfit("conv2d", TAKES, [x, weight], cause);
  return convolve(x, packFilters(weight, null, groups), { ...moves, groups: blocksOf(weight.shape, groups) });
}

/** Convolution as {@link conv2d}, with filters that are packed already. */
export function convolve(x: Tensor, filters: Tensor, moves: ConvMoves): Tensor {
  const { kernel, stride, padding, extra = 0, groups } = moves;
  const alone = { bias: false, residual: false, relu: false };
  return apply(conv2dOp, [x, filters], { kernel, stride, padding, extra, groups, ...alone });
}

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
