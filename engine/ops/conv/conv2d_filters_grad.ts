import total from "../../../shaders/conv/conv2d_filters_grad_total.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import {
  apply,
  defineOp,
  type DeviceFacts,
  type Kernel,
  misfit,
  type Op,
  type Tensor,
} from "../../graph/node.ts";
import { conv2dImageGrad, convolve } from "./conv2d.ts";
import { laneKernel } from "./kernels/filters_grad_lane.ts";
import { tileKernel, tileTotal } from "./kernels/filters_grad_tile.ts";
import type { FirstStage } from "./kernels/filters_grad_parts.ts";
import { type ConvMoves, placesOf } from "./kernels/window.ts";
import { grid2d } from "../lowering/elementwise.ts";
import { ceil4 } from "../lowering/tiling.ts";

/** `dfilters = sum over pixels of (x moved by each tap) dy`, in the layout of packed filters. */
export const conv2dFiltersGradOp: Op<ConvMoves> = defineOp<ConvMoves>({
  name: "conv2d_filters_grad",
  autocast: "f32",
  infer: (inputs, attrs) => {
    const [x, dy] = inputs;
    const [n, h, w, inC] = x.shape;
    const fits = x.shape.length === 4 && dy.shape.length === 4 && dy.shape[0] === n &&
      dy.shape[1] === placesOf(h, attrs) && dy.shape[2] === placesOf(w, attrs);
    if (!fits) {
      throw misfit("conv2d_filters_grad", "x and dy of one convolution", inputs, "dy is of another one");
    }
    const { kernel, groups } = attrs;
    return { shape: [kernel * kernel * ceil4(inC / groups), dy.shape[3]], dtype: "f32" as const };
  },
  gradient: ({ inputs: [x, dy], attrs }, ddfilters) => [
    conv2dImageGrad(dy, ddfilters, attrs, x.shape),
    convolve(x, ddfilters, attrs),
  ],
  reference: (node, [x, dy]) => {
    const { kernel, stride, padding, groups } = node.attrs;
    const [n, h, w, inC] = node.inputs[0].shape;
    const [, oh, ow, outC] = node.inputs[1].shape;
    const [inEach, outEach] = [inC / groups, outC / groups];
    const dfilters = new Float64Array(node.size);
    for (let at = 0; at < n * oh * ow; at++) {
      const [image, row, col] = [Math.floor(at / (oh * ow)), Math.floor(at / ow) % oh, at % ow];
      for (let tap = 0; tap < kernel * kernel; tap++) {
        const i = row * stride - padding + Math.floor(tap / kernel);
        const j = col * stride - padding + tap % kernel;
        if (i < 0 || i >= h || j < 0 || j >= w) continue;
        for (let co = 0; co < outC; co++) {
          const first = Math.floor(co / outEach) * inEach;
          for (let ci = 0; ci < inEach; ci++) {
            dfilters[(tap * ceil4(inEach) + ci) * outC + co] +=
              x[((image * h + i) * w + j) * inC + first + ci] * dy[at * outC + co];
          }
        }
      }
    }
    return dfilters;
  },
  wants: ["fast", "fast"],
  flops: ({ attrs, inputs: [x, dy] }) => 2 * dy.size * attrs.kernel ** 2 * x.shape[3] / attrs.groups,
  lower: (node, context) => {
    const { first, parts, others = [] } = firstStage(node, context);
    const rows = node.shape[0];
    const cols = ceil4(node.shape[1]) / 4;
    const second = context.family === "tile" ? tileTotal(node, parts) : laneTotal(rows, cols, parts);
    return {
      scratch: [parts * rows * cols * 16],
      kernels: [first, second],
      others: others.map((other) => [other, second]),
    };
  },
});

/** Gradient of a convolution by its packed filters, from x [N, H, W, inC] and dy [N, OH, OW, outC]. */
export function conv2dFiltersGrad(x: Tensor, dy: Tensor, moves: ConvMoves): Tensor {
  const { kernel, stride, padding, extra = 0, groups } = moves;
  return apply(conv2dFiltersGradOp, [x, dy], { kernel, stride, padding, extra, groups });
}

function firstStage(node: Tensor<ConvMoves>, context: DeviceFacts): FirstStage {
  return context.family === "lane"
    ? laneKernel(node, context.subgroup)
    : tileKernel(node, context.workgroupBytes);
}

function laneTotal(rows: number, cols: number, parts: number): Kernel {
  return {
    label: "conv2d_filters_grad_total",
    code: total,
    bind: { sums: { scratch: 0 }, y: { output: true } },
    includes: { grid },
    ...grid2d(rows, cols, { PARTS: parts }, ["PARTS"]),
  };
}

/** Sums of parts of the pixels, [parts, k k inC, outC] with channels up to a multiple of 4, which are still to be added. */
const conv2dFiltersGradPartsOp: Op<{ whole: Tensor<ConvMoves>; parts: number }> = defineOp<
  { whole: Tensor<ConvMoves>; parts: number }
>({
  name: "conv2d_filters_grad_parts",
  autocast: "f32",
  infer: (_, { whole: { shape: [rows, outC] }, parts }) => ({
    shape: [parts * rows, ceil4(outC)],
    dtype: "f32" as const,
  }),
  // Kernels choose the pixels of each part: here all are in the first.
  reference: ({ size, attrs: { whole } }, inputs) => {
    const [, outC] = whole.shape;
    const sums = new Float64Array(size);
    whole.op.reference(whole, inputs).forEach((value, i) =>
      sums[Math.floor(i / outC) * ceil4(outC) + i % outC] = value
    );
    return sums;
  },
  wants: ["fast", "fast"],
  dense: true,
  flops: ({ attrs: { whole } }) => whole.op.flops!(whole),
  lower: (node, context) => {
    const { first, others = [] } = firstStage(node.attrs.whole, context);
    const toOutput = (kernel: Kernel) => ({
      ...kernel,
      bind: { ...kernel.bind, sums: { output: true as const } },
    });
    return { kernels: [toOutput(first)], others: others.map((kernel) => [toOutput(kernel)]) };
  },
});

/** The first of the two stages of a filters' gradient alone. @param inputs Its x and dy. @returns With the number of parts. */
export function conv2dFiltersGradParts(
  whole: Tensor<ConvMoves>,
  inputs: readonly Tensor[],
  context: DeviceFacts,
): Tensor<{ parts: number }> {
  const { parts } = firstStage(whole, context);
  return apply(conv2dFiltersGradPartsOp, inputs, { whole, parts });
}
