// dilate - zeros between pixels.
//
//   y[n, i, j, c] = x[n, (i - BEFORE) / STRIDE, (j - BEFORE) / STRIDE, SKIP + c] where both divide, else 0
//
// x [N, H, W, 4 GROUPS_IN] · y [N, OH, OW, CHANNELS], as 4-vectors. Bound by memory.
//#vec4 x
//#vec4 y write
//#include grid
override H: i32;
override W: i32;
override OH: u32;
override GROUPS_IN: u32;
override GROUPS: u32;
override CHANNELS: u32;
override STRIDE: i32;
override BEFORE: i32;
override SKIP: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let out_row = at / COLS;
  let col = at % COLS;
  let i = i32(out_row % OH) - BEFORE;
  let j = i32(col / GROUPS) - BEFORE;
  let inside = i >= 0 && j >= 0 && i % STRIDE == 0 && j % STRIDE == 0 && i / STRIDE < H && j / STRIDE < W;
  var value = vec4f();
  if (inside) {
    let row = out_row / OH * u32(H) + u32(i / STRIDE);
    let pixel = u32(j / STRIDE) * GROUPS_IN;
//#if WHOLE
    value = load_x(row, pixel + col % GROUPS);
//#end
//#if PART
    for (var l = 0u; l < 4u; l++) {
      let c = col % GROUPS * 4u + l;
      if (c < CHANNELS) { value[l] = load_x(row, pixel + (SKIP + c) / 4u)[(SKIP + c) % 4u]; }
    }
//#end
  }
  store_y(out_row, col, value);
}
