// l2_normalize_grad - the gradient of y = x / max(|x|, EPS) for each row:
//
//   dx[b, :] = (dy[b, :] - y[b, :] (y[b, :] . dy[b, :])) / |x[b, :]|, and dy[b, :] / EPS where |x[b, :]| <= EPS
//
// x, dy, dx [B, C]. Reads 6BC, writes BC floats.
//#vec4 x
//#vec4 dy
//#vec4 dx write
//#include rows
//#include channels
//#include lanes
//#include row_norm

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  let norm = norm_of(row, lane);
  var total = vec4f();
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    total += load_x(row, col) / norm.largest / norm.length * load_dy(row, col);
  }
  let inner = row_sum(lane, sum4(total));
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    let y = load_x(row, col) / norm.largest / norm.length;
    let dy = load_dy(row, col);
    if (too_short(norm)) {
      store_dx(row, col, dy / EPS);
    } else {
      store_dx(row, col, (dy - y * inner) / norm.largest / norm.length);
    }
  }
}
