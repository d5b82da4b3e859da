// matmul_tile - matrix product over tiles in workgroup memory, for GPUs (see `lowering/tile_product.wgsl`).
//
//   y[m, n] = bias[n] + sum over k of a[m, k] b[k, n]
//
// a [M, K] · b [K, N] · bias [N] · y [M, N], all dense and as 4-vectors, or without bias a batch of each.
//#vec4 a
//#vec4 b
//#if SPLIT
//#dense sums vec4f update
//#else
//#include product_end
//#end
override K: u32;

// The row, counted on over the products of a batch, or NONE beyond the last row.
alias Row = u32;
alias Deep = u32;
const NONE: u32 = 0xffffffffu;

fn row_of(batch: u32, row: u32) -> Row { return select(NONE, batch * ROWS + row, row < ROWS); }

fn deep_of(k: u32) -> Deep { return k; }

fn fetch_left(row: Row, deep: Deep) -> vec4f {
  if (row == NONE || deep >= INNER) { return vec4f(); }
//#if SINGLE
  return load_a(row, deep);
//#else
  return load_a(0u, row * INNER + deep);
//#end
}

fn fetch_right(batch: u32, k: u32, col: u32) -> vec4f {
  if (k >= K || col >= COLS) { return vec4f(); }
  return load_b(0u, (batch * K + k) * COLS + col);
}

fn place_of(batch: u32, row: u32, col: u32) -> u32 { return (batch * ROWS + row) * COLS + col; }

//#include tile_product
