import end from "../../../shaders/lowering/product_end.wgsl" with { type: "text" };
import loop from "../../../shaders/lowering/tile_product.wgsl" with { type: "text" };
import total from "../../../shaders/lowering/product_total.wgsl" with { type: "text" };
import type { Kernel, LowerContext, Lowering, Operand } from "../../graph/node.ts";
import { bytesOf } from "../../kernel/format.ts";
import { lengthsOf, type Product, type Tile } from "./tile.ts";
import { slicesOf } from "./tile_cost.ts";
import { partOf, placesOf, tilesOf, tiling } from "./tiling.ts";

/** A kernel that includes `shaders/lowering/tile_product.wgsl`, and what it computes. */
interface TiledKernel extends Pick<Kernel, "label" | "code" | "constants" | "sizes"> {
  product: Product;
  /** True if the products lie side by side in the columns of the result; else one lies behind the other. */
  beside: boolean;
  /** Inputs that are multiplied, the left one first, and the operands of the product's end. */
  factors: Readonly<Record<string, Operand>>;
  end: Readonly<Record<string, Operand>>;
  defines: Readonly<Record<string, number>>;
  /** 4-vectors of a pixel of the result. */
  groups: number;
}

/** Lowering of a product in the `tile` family: one stage, or two where its inner length is cut into parts. */
export function productLowering(tiled: TiledKernel, { workgroupBytes, formats }: LowerContext): Lowering {
  const { product, factors, defines, groups } = tiled;
  const [left, right] = Object.values(factors).map((operand) =>
    "input" in operand ? bytesOf(formats[operand.input]) : 4
  );
  const part = partOf(product);
  const parts = Math.ceil(product.inner / part);
  const [first, ...others] = tilesOf(product, parts, workgroupBytes, undefined, { left, right })
    .map((tile) => productKernel(tiled, tile, part));
  if (parts === 1) return { kernels: [first], others: others.map((kernel) => [kernel]) };
  const count = countOf(product);
  const second = totalKernel({ parts, count, groups, end: tiled.end, defines });
  return {
    scratch: [parts * count * 16],
    kernels: [first, second],
    others: others.map((kernel) => [kernel, second]),
  };
}

/**
 * The second stage of a product, over the first scratch buffer.
 *
 * @param total Its parts, the 4-vectors of its result and of a pixel of that, and the operands and switches of its end.
 */
export function totalKernel(
  { parts, count, groups, end: operands, defines }:
    & { parts: number; count: number }
    & Pick<TiledKernel, "groups" | "end" | "defines">,
): Kernel {
  const slices = slicesOf(parts);
  const across = 64 / slices;
  const workgroups = Math.ceil(count / across);
  const x = Math.min(workgroups, 32768);
  return {
    label: "product_total",
    code: total,
    bind: { sums: { scratch: 0 }, ...operands },
    defines: { ...defines, SLICES: slices, ACROSS: across, TOGETHER: Number(slices > 1) },
    includes: { product_end: end },
    constants: { PARTS: parts, COUNT: count, BAND: x * across, GROUPS: groups },
    sizes: ["PARTS", "COUNT", "BAND"],
    workgroups: [x, Math.ceil(workgroups / x), 1],
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
    sizes: ["ROWS", "LAYERS", "COUNT", "INNER", ...tiled.sizes ?? []],
    defines: { ...tiled.defines, ...tiling(tile), SPLIT: Number(split) },
    includes: { tile_product: loop, product_end: end, places: placesOf(tile) },
    workgroups: [
      Math.ceil(cols / sides.cols) * (beside ? count : 1),
      y,
      layers * (beside ? 1 : count) * parts,
    ],
  };
}
