import code from "../../shaders/turn_filters.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { overVectors } from "./elementwise.ts";
import { ceil4 } from "./pack_filters.ts";

/** Which convolution the packed filters are for. */
export interface FilterLayout {
  /** Side of the square kernel. */
  kernel: number;
  /** Groups of channels that do not meet. */
  groups: number;
  /** Channels of the images that they are for. */
  inC: number;
}

/**
 * Packed filters for the way back, from output channels to input channels: in each group
 * `y[last tap - tap, co, ci] = x[tap, ci, co]`.
 */
const turnFiltersOp: Op<FilterLayout> = defineOp<FilterLayout>({
  name: "turn_filters",
  infer: (inputs, { kernel, groups, inC }) => {
    const [rows, outC] = inputs[0].shape;
    const taps = kernel * kernel;
    if (inputs[0].shape.length !== 2 || rows !== taps * ceil4(inC / groups)) {
      throw misfit("turn_filters", `packed filters for ${inC} channels`, inputs, "they are not");
    }
    return { shape: [taps * ceil4(outC / groups), inC], dtype: "f32" as const };
  },
  gradient: ({ inputs: [x], attrs }, dy) => [turnFilters(dy, { ...attrs, inC: x.shape[1] })],
  reference: (node, [x]) => {
    const { kernel, groups, inC } = node.attrs;
    const outC = node.inputs[0].shape[1];
    const [inEach, outEach, taps] = [inC / groups, outC / groups, kernel * kernel];
    const y = new Float64Array(node.size);
    for (let tap = 0; tap < taps; tap++) {
      for (let ci = 0; ci < inC; ci++) {
        for (let o = 0; o < outEach; o++) {
          const co = Math.floor(ci / inEach) * outEach + o;
          y[((taps - 1 - tap) * ceil4(outEach) + o) * inC + ci] =
            x[(tap * ceil4(inEach) + ci % inEach) * outC + co];
        }
      }
    }
    return y;
  },
  wants: ["fast"],
  lower: (node) => {
    const { kernel, groups, inC } = node.attrs;
    const outC = node.inputs[0].shape[1];
    const constants = {
      TAPS: kernel * kernel,
      IN: inC,
      IN_EACH: inC / groups,
      IN_PADDED: ceil4(inC / groups),
      OUT_EACH: outC / groups,
      OUT_PADDED: ceil4(outC / groups),
    };
    return { kernels: [overVectors("turn_filters", code, node, ["x"], { constants })] };
  },
});

/** Packed filters of a convolution, packed for the gradient by its images; turned twice, they are the same. */
export function turnFilters(filters: Tensor, layout: FilterLayout): Tensor {
  return apply(turnFiltersOp, [filters], layout);
}
