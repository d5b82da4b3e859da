// dilate - zeros between pixels.
//
//   y[n, i, j, c] = x[n, i / STRIDE, j / STRIDE, SKIP + c] where both divide, else 0
//
// x [N, H, W, 4 GROUPS_IN] · y [N, OH, OW, CHANNELS], as 4-vectors. Bound by memory.
//#vec4 x
//#vec4 y write
//#include grid
override H: u32;
override W: u32;
override OH: u32;
override GROUPS_IN: u32;
override GROUPS: u32;
override CHANNELS: u32;
override STRIDE: u32;
override SKIP: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let out_row = at / COLS;
  let col = at % COLS;
  let i = out_row % OH;
  let j = col / GROUPS;
  let inside = i % STRIDE == 0 && j % STRIDE == 0 && i / STRIDE < H && j / STRIDE < W;
  var value = vec4f();
  if (inside) {
    let row = out_row / OH * H + i / STRIDE;
    let pixel = j / STRIDE * GROUPS_IN;
//#if WHOLE
    value = load_x(row, pixel + col % GROUPS);
//#else
    for (var l = 0u; l < 4u; l++) {
      let c = col % GROUPS * 4u + l;
      if (c < CHANNELS) { value[l] = load_x(row, pixel + (SKIP + c) / 4u)[(SKIP + c) % 4u]; }
    }
//#end
  }
  store_y(out_row, col, value);
}
