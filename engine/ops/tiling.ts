/**
 * Tiles of the `tile` family for a product of `rows` x `cols` (in 4-vectors of columns): each of 64 invocations
 * holds MINE rows x one 4-vector, a workgroup TILE_ROWS x TILE_COLS. Few columns give tall tiles, so that a layer
 * of 16 channels does not compute columns that are not there.
 *
 * @param least The narrowest tile: where each of many groups has few columns, tiles of 1 or 2 serve better than the 4
 * that a single product takes.
 */
export function tiling(
  rows: number,
  cols: number,
  least = 4,
): { defines: Record<string, number>; tiles: [number, number, number] } {
  const across = [16, 8, 4, 2].find((width) => cols >= width && width >= least) ?? least;
  const down = 64 / across;
  // At most 64 rows, which 64 invocations stage one each.
  const mine = Math.min(4, across);
  const tilesDown = Math.ceil(rows / (down * mine));
  const y = Math.min(tilesDown, 32768);
  return {
    defines: { ACROSS: across, DOWN: down, MINE: mine, TILE_ROWS: down * mine },
    tiles: [Math.ceil(cols / across), y, Math.ceil(tilesDown / y)],
  };
}
