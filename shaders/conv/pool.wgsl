// pool - mean or maximum over square windows.
//
//   y[n, i, j, c] = mean or max over ky, kx of x[n, i STRIDE + ky - PAD, j STRIDE + kx - PAD, c]
//
// x [N, H, W, C] · y [N, OH, OW, C], as 4-vectors. The mean counts the zeros of the padding; the maximum skips them.
//#vec4 x
//#vec4 y write
//#include grid
//#include lanes
override H: i32;
override W: i32;
override OH: u32;
override GROUPS: u32;
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
//#if AVERAGE
  var value = vec4f();
//#else
  var value = load_x(u32(image * H + max(top, 0)), u32(max(left, 0)) * GROUPS + col % GROUPS);
//#end
  for (var i = max(top, 0); i < min(top + K, H); i++) {
    for (var j = max(left, 0); j < min(left + K, W); j++) {
      let x_ij = load_x(u32(image * H + i), u32(j) * GROUPS + col % GROUPS);
//#if AVERAGE
      value += x_ij;
//#else
      value = select(value, x_ij, beats(x_ij, value)); // not max, which hides NaN
//#end
    }
  }
//#if AVERAGE
  value /= f32(K * K);
//#end
  store_y(out_row, col, value);
}
