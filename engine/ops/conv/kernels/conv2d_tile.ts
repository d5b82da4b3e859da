import tileCode from "../../../../shaders/conv/conv2d_tile.wgsl" with { type: "text" };
import type { LowerContext, Lowering, Tensor } from "../../../graph/node.ts";
import { productLowering } from "../../lowering/product.ts";
import type { Conv2dAttrs } from "./window.ts";
import { epilogue, sizes } from "./conv2d_sizes.ts";

/** Lowering to tiles in workgroup memory, pixels x channels. */
export function tileLowering(node: Tensor<Conv2dAttrs>, context: LowerContext): Lowering {
  const { kernel, groups } = node.attrs;
  const [n, oh, ow] = node.shape;
  const { CO4_EACH, ...constants } = sizes(node);
  const { bind: { x, filters, ...end }, defines } = epilogue(node);
  return productLowering({
    label: "conv2d_tile",
    code: tileCode,
    product: { rows: n * oh * ow, cols: CO4_EACH, inner: kernel ** 2 * constants.CI4_EACH, count: groups },
    beside: true,
    factors: { x, filters },
    end,
    constants,
    defines,
    groups: constants.CO4,
  }, context);
}
