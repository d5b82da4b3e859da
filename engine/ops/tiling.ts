/** How a product of matrices is cut for the workgroups of the `tile` family; columns are in 4-vectors. */
export interface Tile {
  /** Invocations of a workgroup along the columns, and along the rows. */
  across: number;
  down: number;
  /** Rows of an invocation, and its 4-vectors of columns. */
  mine: number;
  wide: number;
  /** 4-vectors of the inner length that a workgroup stages between two barriers. */
  depth: number;
}

/** Invocations of the largest workgroup, and bytes of the largest staging: every adapter has them. */
const [MOST_INVOCATIONS, MOST_STAGED] = [256, 16384];

/** Depths are of the multiples that inner lengths often have. */
const DEPTHS = [4, 2];

/**
 * Tiles for a product of `rows` x `cols`, the first being the one to take where nothing is known: 64 invocations, each
 * with 4 rows x one 4-vector. Few columns give tall tiles, so that a layer of 16 channels does not compute columns that
 * are not there. The others stage more at a time, or load less for each product: 4 or 8 rows x two 4-vectors, and 256
 * invocations of those. All of them add up each sum in the same order, so that the choice changes no bit of it.
 *
 * @param inner The inner length in 4-vectors. @param least The narrowest tile: where each of many groups has few columns,
 * tiles of 1 or 2 serve better than the 4 that a single product takes.
 */
export function tilesOf(rows: number, cols: number, inner: number, least = 4): [Tile, ...Tile[]] {
  const across = [16, 8, 4, 2].find((width) => cols >= width && width >= least) ?? least;
  const down = 64 / across;
  // At most 64 rows, which 64 invocations stage one each.
  const first = { across, down, mine: Math.min(4, across), wide: 1, depth: 1 };
  const depth = DEPTHS.find((depth) => inner % depth === 0) ?? 1;
  const others: Tile[] = [{ ...first, depth }];
  if (across >= 4) {
    const half = { across: across / 2, down: down * 2, wide: 2, depth: Math.min(2, depth) };
    others.push({ ...half, mine: 4 }, { ...half, mine: 8 });
  }
  if (across === 16) others.push({ across, down: 16, mine: 8, wide: 2, depth: Math.min(2, depth) });
  const fits = (tile: Tile) =>
    // Less than half of a tile would be rows or columns that are not there.
    rows * 2 > tile.down * tile.mine && cols * 2 > tile.across * tile.wide &&
    tile.across * tile.down <= MOST_INVOCATIONS && stagedBytes(tile) <= MOST_STAGED;
  const different = others.filter((tile) => JSON.stringify(tile) !== JSON.stringify(first) && fits(tile));
  return [first, ...different];
}

function stagedBytes({ across, down, mine, wide, depth }: Tile): number {
  return (down * mine + across * wide * 4) * depth * 16;
}

/** The defines of a shader that computes in such tiles, and the workgroups that it takes along x, y and z. */
export function tiling(
  { across, down, mine, wide, depth }: Tile,
  rows: number,
  cols: number,
): { defines: Record<string, number>; tiles: [number, number, number] } {
  const [tileRows, tileCols, threads] = [down * mine, across * wide, across * down];
  const tilesDown = Math.ceil(rows / tileRows);
  const y = Math.min(tilesDown, 32768);
  return {
    defines: {
      ACROSS: across,
      DOWN: down,
      MINE: mine,
      WIDE: wide,
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
