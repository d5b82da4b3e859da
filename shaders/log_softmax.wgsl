// log_softmax - y[b, j] = x[b, j] - m_b - log sum_k exp(x[b, k] - m_b), m_b = max_k x[b, k].
//
// x, y [B, C]. The row's largest value is taken off, so that no exp overflows. Reads 3BC, writes BC floats.
//#vec4 x
//#vec4 y write
//#include rows
//#include channels
//#include lanes

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  var largest = vec4f(LOWEST);
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    largest = max(largest, select(vec4f(LOWEST), load_x(row, col), real(col)));
  }
  let m = row_max(lane, max4(largest));
  var total = vec4f();
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    total += only_real(col, exp(load_x(row, col) - m));
  }
  let log_s = log(row_sum(lane, sum4(total)));
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    store_y(row, col, only_real(col, load_x(row, col) - m - log_s));
  }
}
