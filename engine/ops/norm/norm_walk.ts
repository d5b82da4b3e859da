// Shares of the places of a norm: all that an invocation takes have the same channels, so that it loads their vectors once
// (see `shaders/norm/norm_walk.wgsl`).

/** Rows and columns of an invocation. */
interface Walk {
  /** Constants of the shader. */
  FIRST: number;
  REACH: number;
  STEP: number;
  phases: number;
  /** Blocks of rows. */
  blocks: number;
}

/** Rows that an invocation takes down its column. */
const ROWS_EACH = 4;

/** One column of every STEP-th row: neighbours take the columns beside, as GPUs load best. */
export function downColumns(rows: number, cols: number): Walk {
  const blocks = Math.ceil(rows / ROWS_EACH);
  return { FIRST: 1, REACH: rows, STEP: blocks, phases: cols, blocks };
}

/** 4-vectors that a subgroup of a software adapter moves at once. */
const ABREAST = 8;

/** Places that an invocation takes, and the most in a row: its loops end after 65,535 rounds. */
const [PLACES, MOST_IN_ROW] = [64, 256];

/** Fewest workgroups, of 64 invocations, for many cores. */
const WORKGROUPS = 32;

/** Adjacent rows from end to end, a few invocations abreast: software adapters load best what follows in memory. */
export function alongRows(rows: number, width: number, groups: number): Walk {
  const pixels = Math.min(width, Math.max(Math.ceil(ABREAST / groups), Math.ceil(width / MOST_IN_ROW)));
  const phases = pixels * groups;
  const inRow = Math.ceil(width / pixels);
  const shared = Math.floor(rows * phases / (64 * WORKGROUPS));
  const each = Math.max(1, Math.min(shared, Math.round(PLACES / inRow)));
  return { FIRST: each, REACH: each, STEP: 1, phases, blocks: Math.ceil(rows / each) };
}
