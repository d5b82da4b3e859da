import end from "../../../shaders/lowering/product_end.wgsl" with { type: "text" };
import loop from "../../../shaders/lowering/tile_product.wgsl" with { type: "text" };
import total from "../../../shaders/lowering/product_total.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import type { Kernel, LowerContext, Lowering, Operand } from "../../graph/node.ts";
import { grid2d } from "./elementwise.ts";
import { lengthsOf, type Product, type Tile } from "./tile.ts";
import { partOf, placesOf, tilesOf, tiling } from "./tiling.ts";

/** A kernel that includes `shaders/lowering/tile_product.wgsl`, and what it computes. */
interface TiledKernel extends Pick<Kernel, "label" | "code" | "constants"> {
  product: Product;
  /** True if the products lie side by side in the columns of the result; else one lies behind the other. */
  beside: boolean;
  /** Operands of the product, and those of its end. */
  factors: Readonly<Record<string, Operand>>;
  end: Readonly<Record<string, Operand>>;
  defines: Readonly<Record<string, number>>;
  /** 4-vectors of a pixel of the result. */
  groups: number;
}

/** Lowering of a product in the `tile` family: one stage, or two where its inner length is cut into parts. */
export function productLowering(tiled: TiledKernel, { workgroupBytes }: LowerContext): Lowering {
  const { product, defines, groups } = tiled;
  const part = partOf(product);
  const parts = Math.ceil(product.inner / part);
  const [first, ...others] = tilesOf(product, parts, workgroupBytes)
    .map((tile) => productKernel(tiled, tile, part));
  if (parts === 1) return { kernels: [first], others: others.map((kernel) => [kernel]) };
  const count = countOf(product);
  const { constants, workgroups } = grid2d(1, count, { PARTS: parts, GROUPS: groups });
  const second: Kernel = {
    label: "product_total",
    code: total,
    bind: { sums: { scratch: 0 }, ...tiled.end },
    defines,
    includes: { grid, product_end: end },
    constants,
    workgroups,
  };
  return {
    scratch: [parts * count * 16],
    kernels: [first, second],
    others: others.map((kernel) => [kernel, second]),
  };
}

/** 4-vectors of the result. */
function countOf({ rows, cols, count }: Product): number {
  return rows * cols * count;
}

function productKernel(tiled: TiledKernel, tile: Tile, part: number): Kernel {
  const { product, beside, label, code, factors, groups } = tiled;
  const { rows, cols, inner, count } = product;
  const sides = lengthsOf(tile);
  const parts = Math.ceil(inner / part);
  const down = Math.ceil(rows / sides.rows);
  const y = Math.min(down, 32768);
  const layers = Math.ceil(down / y);
  const split = parts > 1;
  return {
    label,
    code,
    bind: { ...factors, ...split ? { sums: { scratch: 0 } } : tiled.end },
    constants: {
      ...tiled.constants,
      ROWS: rows,
      COLS: cols,
      INNER: inner,
      LAYERS: layers,
      BATCHES: beside ? 1 : count,
      PART: part,
      COUNT: countOf(product),
      ...!split && { GROUPS: groups },
    },
    sizes: ["ROWS", "LAYERS", "COUNT"],
    defines: { ...tiled.defines, ...tiling(tile), SPLIT: Number(split) },
    includes: { tile_product: loop, product_end: end, places: placesOf(tile) },
    workgroups: [
      Math.ceil(cols / sides.cols) * (beside ? count : 1),
      y,
      layers * (beside ? 1 : count) * parts,
    ],
  };
}
