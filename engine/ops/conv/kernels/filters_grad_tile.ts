import code from "../../../../shaders/conv/conv2d_filters_grad_tile.wgsl" with { type: "text" };
import type { Kernel, Tensor } from "../../../graph/node.ts";
import { totalKernel } from "../../lowering/product.ts";
import { lengthsOf, type Product, type Tile } from "../../lowering/tile.ts";
import { partOfStaged, placesOf, tilesOf, tiling } from "../../lowering/tiling.ts";
import type { ConvMoves } from "./window.ts";
import { BIND, type FirstStage, sizes } from "./filters_grad_parts.ts";

/** Sums of parts of the pixels over tiles of (tap, ci) x co in workgroup memory. */
export function tileKernel(node: Tensor<ConvMoves>, workgroupBytes: number): FirstStage {
  const { kernel, groups } = node.attrs;
  const { CI4_EACH, CO4_EACH, OH, OW } = sizes(node);
  const pixels = node.inputs[1].shape[0] * OH * OW;
  // Here the product's rows are (tap, ci), and its inner length is the pixels; four of them take the place of a 4-vector.
  const rows = 4 * kernel ** 2 * CI4_EACH;
  const product = { rows, cols: CO4_EACH, inner: Math.ceil(pixels / 4), count: groups };
  const part = partOfStaged(product, isInVectors);
  const parts = Math.ceil(product.inner / part);
  const [first, ...others] = tilesOf(product, parts, workgroupBytes, isInVectors)
    .map((tile) => stageKernel(node, tile, { product, length: 4 * part, pixels }));
  return { first, others, parts };
}

/** The sums of all parts of {@link tileKernel}. */
export function tileTotal(node: Tensor<ConvMoves>, parts: number): Kernel {
  const { CI4_EACH, CO4 } = sizes(node);
  return totalKernel({
    parts,
    count: 4 * node.attrs.kernel ** 2 * CI4_EACH * CO4,
    groups: CO4,
    end: { y: { output: true } },
    defines: { BIAS: 0, RESIDUAL: 0, RELU: 0 },
  });
}

/** Both sides of a tile are 4-vectors here, and a 4-vector of a tile's rows has an invocation that stages it. */
export function isInVectors(tile: Tile): boolean {
  return tile.threadRows % 4 === 0 && tile.threadRows / 4 <= tile.threadsX;
}

function stageKernel(
  node: Tensor<ConvMoves>,
  tile: Tile,
  { product, length, pixels }: { product: Product; length: number; pixels: number },
): Kernel {
  const { kernel, groups } = node.attrs;
  const { rows, cols, rowLoads, colLoads } = lengthsOf(tile);
  const defines = tiling(tile);
  return {
    label: "conv2d_filters_grad_tile",
    code,
    bind: BIND,
    constants: { ...sizes(node), PIXELS: pixels, LENGTH: length },
    sizes: ["PIXELS", "LENGTH"],
    defines: {
      ...defines,
      K: kernel,
      STEP: 4 * tile.depth,
      THREAD_ROWS: tile.threadRows / 4,
      TILE_ROWS: rows / 4,
      LOADS: rowLoads,
      ABOVE_LOADS: colLoads,
    },
    includes: { places: placesOf(tile) },
    workgroups: [
      Math.ceil(product.cols / cols) * groups,
      Math.ceil(product.rows / rows),
      Math.ceil(pixels / length),
    ],
  };
}
