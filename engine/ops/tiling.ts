/**
 * Tiles of the `tile` family for a product of `rows` x `cols` (in 4-vectors of columns): each of 64 invocations
 * holds MINE rows x one 4-vector, a workgroup TILE_ROWS x TILE_COLS. Few columns give tall tiles, so that a layer
 * of 16 channels does not compute columns that are not there.
 */
export function tiling(
  rows: number,
  cols: number,
): { defines: Record<string, number>; tiles: [number, number, number] } {
  const across = [16, 8, 4].find((width) => cols >= width) ?? 4;
  const down = 64 / across;
  const mine = 4;
  const tilesDown = Math.ceil(rows / (down * mine));
  const y = Math.min(tilesDown, 32768);
  return {
    defines: { ACROSS: across, DOWN: down, MINE: mine, TILE_ROWS: down * mine },
    tiles: [Math.ceil(cols / across), y, Math.ceil(tilesDown / y)],
  };
}
