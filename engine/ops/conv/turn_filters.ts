import code from "../../../shaders/conv/turn_filters.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { overVectors } from "../lowering/elementwise.ts";
import { ceil4 } from "../lowering/tiling.ts";
import type { Moves } from "./kernels/window.ts";

/** Convolution that the packed filters are for. */
export interface FilterLayout {
  /** Side of the square kernel. */
  kernel: number;
  /** Groups of channels that do not meet. */
  groups: number;
  /** Channels of the images. */
  inC: number;
  /** Moves of the window; default stride 1, and padding 0, which does not matter at stride 1. */
  stride?: number;
  padding?: number;
}

/**
 * Pixels of the result that a pixel of the images meets: pixel `stride i + a` meets the `count` pixels from `i + first`
 * on, and the m-th of them by tap `a + padding - stride (first + m)`.
 */
export function meetings({ kernel, stride, padding }: Moves): { first: number; count: number } {
  const first = Math.ceil((padding - kernel + 1) / stride);
  const last = Math.floor((stride - 1 + padding) / stride);
  return { first, count: last - first + 1 };
}

/**
 * Packed filters for the way back, from output channels to the input channels of each of the stride x stride phases
 * (a, b), a pixel's place in its square of stride x stride. In each group
 * `y[(m, l), co, (a, b, ci)] = x[(a + padding - stride (first + m), b + padding - stride (first + l)), ci, co]`, and 0
 * where there is no such tap. With stride 1 the taps are in reverse.
 */
export const turnFiltersOp: Op<Required<FilterLayout>> = defineOp<Required<FilterLayout>>({
  name: "turn_filters",
  infer: (inputs, attrs) => {
    const { kernel, groups, inC, stride } = attrs;
    const [rows, outC] = inputs[0].shape;
    if (inputs[0].shape.length !== 2 || rows !== kernel * kernel * ceil4(inC / groups)) {
      throw misfit("turn_filters", `packed filters for ${inC} channels`, inputs, "they are not");
    }
    return {
      shape: [meetings(attrs).count ** 2 * ceil4(outC / groups), stride * stride * inC],
      dtype: "f32" as const,
    };
  },
  gradient: ({ inputs: [x], attrs }, dy) => {
    if (attrs.stride > 1) {
      throw new TypeError(
        `Cannot differentiate turn_filters: it takes a stride of 1, current is ${attrs.stride}: a strided ` +
          "convolution is differentiated once, not twice",
      );
    }
    return [turnFilters(dy, { ...attrs, inC: x.shape[1] })];
  },
  reference: (node, [x]) => {
    const { kernel, groups, inC, stride, padding } = node.attrs;
    const { first, count } = meetings(node.attrs);
    const outC = node.inputs[0].shape[1];
    const [inEach, outEach, phases] = [inC / groups, outC / groups, stride * stride];
    const y = new Float64Array(node.size);
    for (let met = 0; met < count * count; met++) {
      for (let to = 0; to < phases * inC; to++) {
        const [group, phase, ci] = [
          Math.floor(to / (phases * inEach)),
          Math.floor(to / inEach) % phases,
          to % inEach,
        ];
        const ky = Math.floor(phase / stride) + padding - stride * (first + Math.floor(met / count));
        const kx = phase % stride + padding - stride * (first + met % count);
        if (ky < 0 || ky >= kernel || kx < 0 || kx >= kernel) continue;
        for (let o = 0; o < outEach; o++) {
          y[(met * ceil4(outEach) + o) * phases * inC + to] =
            x[((ky * kernel + kx) * ceil4(inEach) + ci) * outC + group * outEach + o];
        }
      }
    }
    return y;
  },
  wants: ["fast"],
  lower: (node) => {
    const { kernel, groups, inC, stride, padding } = node.attrs;
    const { first, count } = meetings(node.attrs);
    const outC = node.inputs[0].shape[1];
    const constants = {
      K: kernel,
      STRIDE: stride,
      FROM: padding - stride * first,
      MEET: count,
      OUT: stride * stride * inC,
      IN_EACH: inC / groups,
      IN_PADDED: ceil4(inC / groups),
      OUT_EACH: outC / groups,
      OUT_PADDED: ceil4(outC / groups),
    };
    return { kernels: [overVectors("turn_filters", code, node, ["x"], { constants })] };
  },
});

/** Packed filters of a convolution, turned for the gradient by its images. With stride 1, two turns cancel out. */
export function turnFilters(filters: Tensor, { stride = 1, padding = 0, ...layout }: FilterLayout): Tensor {
  return apply(turnFiltersOp, [filters], { stride, padding, ...layout });
}
