import tileCode from "../../../../shaders/matmul/matmul_tile.wgsl" with { type: "text" };
import type { LowerContext, Lowering, Tensor } from "../../../graph/node.ts";
import { productLowering } from "../../lowering/product.ts";
import { bindings, sizes } from "./matmul_sizes.ts";

/** Lowering to tiles in workgroup memory, cut as conv2d cuts its tiles. */
export function tileLowering(node: Tensor<null>, context: LowerContext): Lowering {
  const { batch, M, K, K4, N4 } = sizes(node);
  const { bind: { a, b, ...end }, defines } = bindings(node);
  return productLowering({
    label: "matmul_tile",
    code: tileCode,
    product: { rows: M, cols: N4, inner: K4, count: batch },
    beside: false,
    factors: { a, b },
    end,
    constants: { K },
    sizes: ["K"],
    defines: { ...defines, RESIDUAL: 0, RELU: 0 },
    groups: N4,
  }, context);
}
