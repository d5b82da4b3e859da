/** Lengths of a matrix product in the `tile` family. */
export interface Product {
  readonly rows: number;
  /** Columns and inner length, in 4-vectors. */
  readonly cols: number;
  readonly inner: number;
  /** Products of these lengths that run at once: those of a batch, or the groups of a convolution. */
  readonly count: number;
}

/** Bytes of a number of the left operand of a product, and of the right one: 4, or 2 where it is stored in f16. */
export interface NumberBytes {
  readonly left: number;
  readonly right: number;
}

/** Tile of a matrix product that a workgroup of the `tile` family computes; columns are in 4-vectors. */
export interface Tile {
  /** Invocations of a workgroup along the columns, and along the rows; powers of two. */
  readonly threadsX: number;
  readonly threadsY: number;
  /** Rows of an invocation, and 4-vectors of its columns. */
  readonly threadRows: number;
  readonly threadCols: number;
  /** 4-vectors of the inner length that a workgroup stages between two barriers. */
  readonly depth: number;
}

/** Lengths that follow from those of a tile. */
interface TileLengths {
  threads: number;
  /** Rows, and 4-vectors of columns, of a workgroup. */
  rows: number;
  cols: number;
  /** 4-vectors that an invocation stages at a time, of the left and of the right operand. */
  rowLoads: number;
  colLoads: number;
  /** Workgroup memory. */
  bytes: number;
}

/** Lengths that follow from those of a tile; of two halves of workgroup memory one is filled while the other is read. */
export function lengthsOf({ threadsX, threadsY, threadRows, threadCols, depth }: Tile): TileLengths {
  const [threads, rows, cols] = [threadsX * threadsY, threadsY * threadRows, threadsX * threadCols];
  return {
    threads,
    rows,
    cols,
    rowLoads: Math.ceil(rows * depth / threads),
    colLoads: Math.ceil(cols * 4 * depth / threads),
    bytes: 2 * (rows + 4 * cols) * depth * 16,
  };
}
