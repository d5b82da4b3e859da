// shortcut - option A of CIFAR residual networks: subsampled pixels, zero channels on both sides.
//
//   y[n, i, j, c] = x[n, i STRIDE, j STRIDE, c - BEFORE], 0 outside the channels of x
//
// x [N, H, W, IN] · y [N, OH, OW, 4 GROUPS], as 4-vectors. Bound by memory.
//#vec4 x
//#vec4 y write
//#include grid
override H: u32;
override OH: u32;
override IN: u32;
override IN_GROUPS: u32;
override GROUPS: u32;
override BEFORE: u32;
override STRIDE: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let out_row = at / COLS;
  let col = at % COLS;
  let row = (out_row / OH) * H + (out_row % OH) * STRIDE;
  let pixel = (col / GROUPS) * STRIDE * IN_GROUPS;
  var value = vec4f();
  for (var i = 0u; i < 4u; i++) {
    // Unsigned: a channel before the first wraps to a large number and is outside as well.
    let c = (col % GROUPS) * 4u + i - BEFORE;
    if (c < IN) { value[i] = load_x(row, pixel + c / 4u)[c % 4u]; }
  }
  store_y(out_row, col, value);
}
