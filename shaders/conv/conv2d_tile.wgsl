// conv2d_tile - convolution as a matrix product over tiles in workgroup memory, for GPUs (see
// `lowering/tile_product.wgsl`).
//
//   y[pixel, co] = act(bias[co] + residual[pixel, co] + sum over taps, ci of x[pixel moved by tap, ci] filters[tap in + ci, co])
//
// x [N, H, W, 4 CI4] · filters [K K 4 CI4_EACH, out] · bias [out] · residual, y [N, OH, OW, out], all dense and as
// 4-vectors. A group of the convolution has CI4_EACH and COLS 4-vectors of channels, and filters of these alone; `in` is a
// group's. K of the product runs over the taps, and for each tap over the channels: a stage may hold several taps.
//#vec4 x
//#vec4 filters
//#if SPLIT
//#dense sums vec4f update
//#else
//#include product_end
//#end
override H: u32;
override W: u32;
override OH: u32;
override OW: u32;
override CI4: u32;
override CO4: u32;
override CI4_EACH: u32;
override STRIDE: i32;
override PAD: i32;

// The pixel of the first tap, perhaps outside the image, and the index of the group's first 4-vector there.
struct Row { i: i32, j: i32, start: i32 }

// Steps from the first tap to this one, and to this channel's 4-vector; beyond the last tap, out of the image.
struct Deep { i: i32, j: i32, apart: i32 }

fn row_of(block: u32, pixel: u32) -> Row {
  let out_row = pixel / OW;
  let i = i32(out_row % OH) * STRIDE - PAD;
  let j = i32(pixel % OW) * STRIDE - PAD;
  let start = ((i32(out_row / OH * H) + i) * i32(W) + j) * i32(CI4) + i32(block * CI4_EACH);
  return Row(select(OUTSIDE, i, pixel < ROWS), j, start);
}

const OUTSIDE: i32 = -0x40000000;

fn deep_of(k: u32) -> Deep {
  let tap = k / CI4_EACH;
  let i = i32(tap / $(K)u);
  let j = i32(tap % $(K)u);
  return Deep(select(OUTSIDE, i, k < INNER), j, (i * i32(W) + j) * i32(CI4) + i32(k % CI4_EACH));
}

fn fetch_left(row: Row, deep: Deep) -> vec4f {
  // Below 0 an index wraps and is large.
  if (u32(row.i + deep.i) >= H || u32(row.j + deep.j) >= W) { return vec4f(); }
  return load_x(0u, u32(row.start + deep.apart));
}

fn fetch_right(block: u32, k: u32, col: u32) -> vec4f {
  if (k >= INNER * 4u || col >= COLS) { return vec4f(); }
  return load_filters(0u, k * CO4 + block * COLS + col);
}

fn place_of(block: u32, pixel: u32, col: u32) -> u32 { return pixel * CO4 + block * COLS + col; }

//#include tile_product
