import type { Tensor } from "../../../graph/node.ts";
import { ceil4 } from "../../lowering/tiling.ts";
import type { Conv2dAttrs } from "./window.ts";

/** Operands and switches that both kernels share. */
export function epilogue(node: Tensor<Conv2dAttrs>) {
  const { kernel, stride, bias, residual, relu } = node.attrs;
  const optional = {
    ...bias && { bias: { input: 2 } },
    ...residual && { residual: { input: bias ? 3 : 2 } },
  };
  return {
    bind: { x: { input: 0 }, filters: { input: 1 }, ...optional, y: { output: true as const } },
    defines: {
      BIAS: Number(bias),
      RESIDUAL: Number(residual),
      RELU: Number(relu),
      K: kernel,
      STRIDE: stride,
    },
  };
}

/** Constants that both kernels share: sides and 4-vectors of channels, of a group of the convolution too. */
export function sizes(node: Tensor<Conv2dAttrs>) {
  const { stride, padding, groups } = node.attrs;
  const [, h, w, inC] = node.inputs[0].shape;
  const [, oh, ow, outC] = node.shape;
  return {
    H: h,
    W: w,
    OH: oh,
    OW: ow,
    CI4: ceil4(inC) / 4,
    CO4: ceil4(outC) / 4,
    CI4_EACH: ceil4(inC / groups) / 4,
    CO4_EACH: ceil4(outC / groups) / 4,
    STRIDE: stride,
    PAD: padding,
  };
}
