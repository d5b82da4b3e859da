/** Tile of a matrix product that a workgroup of the `tile` family computes; columns are in 4-vectors. */
export interface Tile {
  /** Invocations of a workgroup along the columns, and along the rows. */
  threadsX: number;
  threadsY: number;
  /** Rows of an invocation, and 4-vectors of its columns. */
  threadRows: number;
  threadCols: number;
  /** 4-vectors of the inner length that a workgroup stages between two barriers. */
  depth: number;
}

/** Invocations of the largest workgroup, and bytes of the largest staging; every adapter allows both. */
const [MOST_INVOCATIONS, MOST_STAGED] = [256, 16384];

/** Depths to try; inner lengths are often multiples of them. */
const DEPTHS = [4, 2];

/**
 * Tiles for a product of `rows` x `cols`. A plan takes the first where no timing is known: 64 invocations, each with 4
 * rows x one 4-vector. Few columns give tall tiles, so that a layer of 16 channels computes no columns beyond its own.
 * The other tiles stage more at a time, or load less for each product: 4 or 8 rows x two 4-vectors, with 64 or 256
 * invocations. Every tile adds up a sum in the same order, so that the choice changes no bit of the result.
 *
 * @param inner The inner length in 4-vectors. @param least The narrowest tile: where each of many groups has few columns,
 * tiles of width 1 or 2 serve better than the width 4 of a single product.
 */
export function tilesOf(rows: number, cols: number, inner: number, least = 4): [Tile, ...Tile[]] {
  const threadsX = [16, 8, 4, 2].find((width) => cols >= width && width >= least) ?? least;
  const threadsY = 64 / threadsX;
  // At most 64 rows, so that each of the 64 invocations stages one row.
  const first = { threadsX, threadsY, threadRows: Math.min(4, threadsX), threadCols: 1, depth: 1 };
  const depth = DEPTHS.find((depth) => inner % depth === 0) ?? 1;
  const others: Tile[] = [{ ...first, depth }];
  if (threadsX >= 4) {
    const narrow = {
      threadsX: threadsX / 2,
      threadsY: threadsY * 2,
      threadCols: 2,
      depth: Math.min(2, depth),
    };
    others.push({ ...narrow, threadRows: 4 }, { ...narrow, threadRows: 8 });
  }
  if (threadsX === 16) {
    others.push({ threadsX, threadsY: 16, threadRows: 8, threadCols: 2, depth: Math.min(2, depth) });
  }
  const fits = (tile: Tile) =>
    // At least half of a tile's rows and of its columns are real.
    rows * 2 > tile.threadsY * tile.threadRows && cols * 2 > tile.threadsX * tile.threadCols &&
    tile.threadsX * tile.threadsY <= MOST_INVOCATIONS && stagedBytes(tile) <= MOST_STAGED;
  const different = others.filter((tile) => JSON.stringify(tile) !== JSON.stringify(first) && fits(tile));
  return [first, ...different];
}

function stagedBytes({ threadsX, threadsY, threadRows, threadCols, depth }: Tile): number {
  return (threadsY * threadRows + threadsX * threadCols * 4) * depth * 16;
}

/** Defines of a shader that computes in tiles, and its workgroups along x, y and z. */
export function tiling(
  { threadsX, threadsY, threadRows, threadCols, depth }: Tile,
  rows: number,
  cols: number,
): { defines: Record<string, number>; tiles: [number, number, number] } {
  const [tileRows, tileCols, threads] = [threadsY * threadRows, threadsX * threadCols, threadsX * threadsY];
  const tilesDown = Math.ceil(rows / tileRows);
  const y = Math.min(tilesDown, 32768);
  return {
    defines: {
      THREADS_X: threadsX,
      THREADS_Y: threadsY,
      THREAD_ROWS: threadRows,
      THREAD_COLS: threadCols,
      DEPTH: depth,
      THREADS: threads,
      TILE_ROWS: tileRows,
      TILE_COLS: tileCols,
      ROW_LOADS: Math.ceil(tileRows * depth / threads),
      COL_LOADS: Math.ceil(tileCols * depth * 4 / threads),
    },
    tiles: [Math.ceil(cols / tileCols), y, Math.ceil(tilesDown / y)],
  };
}

/** The next multiple of 4. */
export function ceil4(n: number): number {
  return Math.ceil(n / 4) * 4;
}
