// max_pool_tap - the place in its window of the maximum that pool.wgsl takes.
//
//   y[n, i, j, c] = ky K + kx of the first largest x[n, i STRIDE + ky - PAD, j STRIDE + kx - PAD, c] inside the image,
//                   or of the last NaN
//
// x [N, H, W, C] · y [N, OH, OW, C], as 4-vectors; whole numbers as f32.
//#vec4 x
//#vec4 y write
//#include grid
//#include lanes
override H: i32;
override W: i32;
override OH: u32;
override OW: u32;
override GROUPS: u32;
override CHANNELS: u32;
override K: i32;
override STRIDE: i32;
override PAD: i32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let out_row = at / COLS;
  let col = at % COLS;
  let image = i32(out_row / OH);
  let top = i32(out_row % OH) * STRIDE - PAD;
  let left = i32(col / GROUPS) * STRIDE - PAD;
  var most = load_x(u32(image * H + max(top, 0)), u32(max(left, 0)) * GROUPS + col % GROUPS);
  var taps = vec4f(f32((max(top, 0) - top) * K + max(left, 0) - left));
  for (var i = max(top, 0); i < min(top + K, H); i++) {
    for (var j = max(left, 0); j < min(left + K, W); j++) {
      let x_ij = load_x(u32(image * H + i), u32(j) * GROUPS + col % GROUPS);
      let wins = beats(x_ij, most);
      taps = select(taps, vec4f(f32((i - top) * K + j - left)), wins);
      most = select(most, x_ij, wins);
    }
  }
  store_y(out_row, col, select(vec4f(), taps, vec4u(0u, 1u, 2u, 3u) + col % GROUPS * 4u < vec4u(CHANNELS)));
}
