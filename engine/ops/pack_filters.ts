import code from "../../shaders/pack_filters.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { overVectors } from "./elementwise.ts";

/**
 * Filters as the matrix that convolution kernels multiply by: row `(ky * k + kx) * in + ci`, column = output
 * channel, with the input channels of each tap padded by zeros to a multiple of 4. A second input scales each
 * output channel, as a folded batch norm does.
 */
export const packFiltersOp: Op<null> = defineOp({
  name: "pack_filters",
  infer: (inputs) => {
    const [weight, scale] = inputs;
    const [outC, height, width, inC] = weight.shape;
    if (weight.shape.length !== 4 || height !== width) {
      throw misfit("pack_filters", "a weight [outC, k, k, inC]", inputs, "the kernel is not square");
    }
    if (scale && scale.size !== outC) {
      throw misfit("pack_filters", `a scale [${outC}]`, inputs, "another length");
    }
    return { shape: [height * width * ceil4(inC), outC], dtype: "f32" as const };
  },
  reference: (node, [weight, scale]) => {
    const [outC, k, , inC] = node.inputs[0].shape;
    const packed = new Float64Array(node.size);
    for (let o = 0; o < outC; o++) {
      for (let tap = 0; tap < k * k; tap++) {
        for (let c = 0; c < inC; c++) {
          packed[(tap * ceil4(inC) + c) * outC + o] = weight[(o * k * k + tap) * inC + c] * (scale?.[o] ?? 1);
        }
      }
    }
    return packed;
  },
  wants: ["buffer", "buffer"],
  lower: (node) => {
    const [outC, k, , inC] = node.inputs[0].shape;
    const constants = { TAPS: k * k, IN: inC, PADDED: ceil4(inC), OUT: outC };
    const defines = { SCALED: node.inputs.length - 1 };
    const names = ["weight", "scale"].slice(0, node.inputs.length);
    return { kernels: [overVectors("pack_filters", code, node, names, { constants, defines })] };
  },
});

/** Packs a weight [outC, k, k, inC], times a scale [outC] if one is given, for the convolution. */
export function packFilters(weight: Tensor, scale?: Tensor): Tensor {
  return apply(packFiltersOp, scale ? [weight, scale] : [weight], null);
}

/** The next multiple of 4. */
export function ceil4(n: number): number {
  return Math.ceil(n / 4) * 4;
}
