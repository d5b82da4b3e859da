// pool_grad - gradients of the mean or maximum over square windows.
//
//   y[n, i, j, c] = sum over the windows that cover pixel i, j of dy[n, window, c] / K^2
//   or sum over the windows whose first maximum (taps[n, window, c] = ky K + kx) is pixel i, j of dy[n, window, c]
//
// dy, taps [N, OH, OW, C] · y [N, H, W, C], as 4-vectors. Gathered, so that the order of the sum is fixed.
//#vec4 dy
//#if MAX
//#vec4 taps
//#end
//#vec4 y write
//#include grid
override H: u32;
override W: u32;
override OH: i32;
override OW: i32;
override GROUPS: u32;
override K: i32;
override STRIDE: i32;
override PAD: i32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let row = at / COLS;
  let col = at % COLS;
  let i = i32(row % H) + PAD;
  let j = i32(col / GROUPS) + PAD;
  var value = vec4f();
  for (var oi = max(0, (i - K + STRIDE) / STRIDE); oi <= min(i / STRIDE, OH - 1); oi++) {
    let out_row = row / H * u32(OH) + u32(oi);
    for (var oj = max(0, (j - K + STRIDE) / STRIDE); oj <= min(j / STRIDE, OW - 1); oj++) {
      let out_col = u32(oj) * GROUPS + col % GROUPS;
//#if AVERAGE
      value += load_dy(out_row, out_col);
//#else
      let tap = f32((i - oi * STRIDE) * K + j - oj * STRIDE);
      value += select(vec4f(), load_dy(out_row, out_col), load_taps(out_row, out_col) == vec4f(tap));
//#end
    }
  }
//#if AVERAGE
  value /= f32(K * K);
//#end
  store_y(row, col, value);
}
