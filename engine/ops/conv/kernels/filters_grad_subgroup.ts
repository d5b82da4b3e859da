import code from "../../../../shaders/conv/conv2d_filters_grad_subgroup.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { hasKernels } from "../../lowering/subgroups.ts";
import type { ConvMoves } from "./window.ts";
import { BIND, sizes } from "./filters_grad_parts.ts";

/** Most K PIXELS DEPTH WIDTH of a kernel, whose body has 16 times as many multiply-adds to compile. */
const MOST_TERMS = 56;

/** Tile of a subgroup: pixels of a row, 4-vectors of input channels, and of output channels for each invocation. */
interface SubgroupTile {
  pixels: number;
  depth: number;
  width: number;
}

/**
 * The fastest tile. A small one where windows overlap: of more sums, which every round loads and stores, more leave the
 * near cache, while x costs little already. Windows of one pixel share loads between channels alone.
 *
 * @returns Null where the output channels of a group are no multiple of the subgroup.
 */
function tileOf(node: Tensor<ConvMoves>, size: number): SubgroupTile | null {
  const { kernel } = node.attrs;
  const { CI4_EACH, CO4_EACH, OW } = sizes(node);
  if (CO4_EACH % size !== 0) return null;
  const [most, deepest, widest] = kernel > 12 ? [1, 1, 1] : kernel > 2 ? [4, 2, 1] : [2, 8, 2];
  const pixels = Math.ceil(OW / Math.ceil(OW / most));
  const depth =
    [8, 4, 2].find((depth) =>
      depth <= deepest && CI4_EACH % depth === 0 && kernel * pixels * depth * widest <= MOST_TERMS
    ) ?? 1;
  return { pixels, depth, width: CO4_EACH % (size * widest) === 0 ? widest : 1 };
}

/**
 * A kernel whose subgroups share x, to the bits of `conv2d_filters_grad_lane` in the same parts.
 *
 * @param size Invocations of a subgroup; 0 where unknown. @param rowsEach Rows of dy in a part.
 * @returns Null for subgroups of another size, and where they do not fit the output channels.
 */
export function subgroupKernel(node: Tensor<ConvMoves>, size: number, rowsEach: number): Kernel | null {
  const tile = hasKernels(size) ? tileOf(node, size) : null;
  if (!tile) return null;
  const { kernel, stride } = node.attrs;
  const { pixels, depth, width } = tile;
  const constants = sizes(node);
  const { CI4_EACH, CO4, OH, OW } = constants;
  const rows = node.inputs[1].shape[0] * OH;
  const parts = Math.ceil(rows / rowsEach);
  const tiles = kernel * (CI4_EACH / depth) * (CO4 / (size * width)) * parts;
  return {
    label: "conv2d_filters_grad_subgroup",
    code,
    bind: BIND,
    constants: {
      ...constants,
      ROWS: rows,
      PARTS: parts,
      ROWS_EACH: rowsEach,
      STRIPS: Math.ceil(OW / pixels),
    },
    sizes: ["ROWS", "PARTS", "ROWS_EACH"],
    defines: {
      K: kernel,
      STRIDE: stride,
      SIZE: size,
      PIXELS: pixels,
      DEPTH: depth,
      WIDTH: width,
      X_LOADS: Math.ceil(((pixels - 1) * stride + kernel) * depth / size),
      WHOLE: Number(OW % pixels === 0),
    },
    workgroups: [Math.ceil(tiles * size / 32), 1, 1],
  };
}
