// log_softmax_grad - dx[b, j] = dy[b, j] - exp(y[b, j]) sum_k dy[b, k], for y = log_softmax(x).
//
// y, dy, dx [B, C]. Reads 3BC, writes BC floats.
//#vec4 y
//#vec4 dy
//#vec4 dx write
//#include rows
//#include channels
//#include lanes

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  var total = vec4f();
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    total += only_real(col, load_dy(row, col));
  }
  let s = row_sum(lane, sum4(total));
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    store_dx(row, col, only_real(col, load_dy(row, col) - exp_of(load_y(row, col)) * s));
  }
}
