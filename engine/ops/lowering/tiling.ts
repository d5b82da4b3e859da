import { lengthsOf, type NumberBytes, type Product, type Tile } from "./tile.ts";
import { cyclesOf, totalCycles, workOf } from "./tile_cost.ts";

/** Other tiles that a tuning may try, and how much longer than the first they may take by the model. */
const [MOST_OTHERS, MOST_LONGER] = [4, 2];

/** 4-vectors that an invocation keeps under way, in registers. */
const MOST_UNDER_WAY = 8;

/** Workgroup memory that every adapter has. */
const LEAST_BYTES = 16384;

/** Parts of the inner length to choose from. Their second stage adds up parts one after the other. */
const PARTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** A part has a multiple of so many 4-vectors, so that tiles of all depths cut the inner length at the same places. */
const PART_STEP = 8;

/** Longest parts in 4-vectors, alone and before a second stage: longer sums lose digits, and loops on software adapters their last rounds. */
const [LONGEST, LONGEST_STAGED] = [8192, 1024];

/** Bytes of the sums of all parts. */
const MOST_BYTES = 2 ** 26;

/**
 * Tiles for a product, the fastest by the model of {@link cyclesOf} first. A plan takes the first where no timing is known.
 * Every tile adds up a sum in the same order, so that the choice changes no bit of the result.
 *
 * @param bytes Workgroup memory that a tile may take. @param suits False: the kernel cannot take the tile.
 * @param numbers Bytes of the operands; default those of f32.
 */
export function tilesOf(
  product: Product,
  parts: number,
  bytes: number,
  suits: (tile: Tile) => boolean = () => true,
  numbers?: NumberBytes,
): [Tile, ...Tile[]] {
  const ranked = candidates(product, bytes)
    .filter(suits)
    .map((tile) => ({
      tile,
      cycles: cyclesOf(tile, product, parts, numbers),
      work: workOf(tile, product, numbers),
    }))
    .toSorted((a, b) => a.cycles - b.cycles || a.work - b.work);
  const near = ranked.filter(({ cycles }) => cycles <= MOST_LONGER * ranked[0].cycles);
  const [first, ...others] = near.map(({ tile }) => tile);
  return [first, ...others.slice(0, MOST_OTHERS)];
}

/** Tiles that fit into workgroup memory; at least half of their columns and of what they stage along K are real. */
function candidates({ cols, inner }: Product, bytes: number): Tile[] {
  const widths = [32, 16, 8, 4, 2, 1].filter((width) => width < 2 * cols);
  const depths = [8, 4, 2, 1].filter((depth) => depth < 2 * inner);
  return widths.flatMap((width) =>
    [2, 1].filter((threadCols) => width % threadCols === 0).flatMap((threadCols) => {
      const threadsX = width / threadCols;
      // Narrow tiles are tall enough with fewer rows to an invocation.
      const heights = [8, 4, 2, 1].filter((rows) => rows >= Math.min(4, threadsX));
      return [64, 128, 256].flatMap((threads) =>
        heights.flatMap((threadRows) =>
          depths.map((depth) => ({ threadsX, threadsY: threads / threadsX, threadRows, threadCols, depth }))
        )
      );
    })
  ).filter((tile) => {
    const lengths = lengthsOf(tile);
    // Rows are staged in places that differ in their last three digits.
    return lengths.rows % 8 === 0 && lengths.bytes <= bytes &&
      lengths.rowLoads + lengths.colLoads <= MOST_UNDER_WAY;
  });
}

/**
 * Parts of the inner length of a product, for workgroups enough: the shape alone decides, so that neither tile nor adapter
 * changes a bit.
 *
 * @returns 4-vectors of a part.
 */
export function partOf(product: Product): number {
  return fastestPart(product, LONGEST, (parts) => parts === 1 ? 0 : totalCycles(product, parts));
}

/** Parts as of {@link partOf} where a second stage follows in any case. @param suits As of {@link tilesOf}. */
export function partOfStaged(product: Product, suits: (tile: Tile) => boolean): number {
  return fastestPart(product, LONGEST_STAGED, (parts) => totalCycles(product, parts), suits);
}

function fastestPart(
  product: Product,
  longest: number,
  after: (parts: number) => number,
  suits: (tile: Tile) => boolean = () => true,
): number {
  const { rows, cols, inner, count } = product;
  const most = Math.max(1, Math.floor(MOST_BYTES / (rows * cols * count * 16)));
  const tiles = candidates(product, LEAST_BYTES).filter(suits);
  const cyclesIn = (part: number) => {
    const parts = Math.ceil(inner / part);
    return Math.min(...tiles.map((tile) => cyclesOf(tile, product, parts))) + after(parts);
  };
  return PARTS
    .map((parts) => Math.min(Math.max(parts, Math.ceil(inner / longest)), most))
    .map((parts) => Math.ceil(inner / parts / PART_STEP) * PART_STEP)
    .map((part) => ({ part, cycles: cyclesIn(part) }))
    .toSorted((a, b) => a.cycles - b.cycles)[0].part;
}

/** Defines of a shader that computes in tiles. */
export function tiling(tile: Tile): Record<string, number> {
  const { threads, rows, cols, rowLoads, colLoads } = lengthsOf(tile);
  return {
    THREADS_X: tile.threadsX,
    THREADS_Y: tile.threadsY,
    THREAD_ROWS: tile.threadRows,
    THREAD_COLS: tile.threadCols,
    DEPTH: tile.depth,
    SWIZZLE: 8 / tile.depth,
    THREADS: threads,
    TILE_ROWS: rows,
    TILE_COLS: cols,
    ROW_LOADS: rowLoads,
    COL_LOADS: colLoads,
  };
}

/**
 * WGSL for the place of an invocation in its workgroup. Its columns and rows take turns in the digits of `thread`, so that
 * of 16 neighbours 4 meet at each vector of workgroup memory.
 */
export function placesOf({ threadsX, threadsY }: Tile): string {
  const digits = { x: Math.log2(threadsX), y: Math.log2(threadsY) };
  const terms: Record<"x" | "y", string[]> = { x: [], y: [] };
  for (let from = 0; terms.x.length < digits.x || terms.y.length < digits.y; from++) {
    const turn = terms.x.length < digits.x &&
      (terms.x.length <= terms.y.length || terms.y.length === digits.y);
    const own = terms[turn ? "x" : "y"];
    own.push(`((thread >> ${from}u) & 1u) << ${own.length}u`);
  }
  const sum = (of: string[]) => of.length > 0 ? of.map((term) => `(${term})`).join(" | ") : "0u";
  return `let x = ${sum(terms.x)};\n  let y = ${sum(terms.y)};`;
}

/** The next multiple of 4. */
export function ceil4(n: number): number {
  return Math.ceil(n / 4) * 4;
}
