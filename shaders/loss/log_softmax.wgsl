// log_softmax - y[b, j] = x[b, j] - m_b - log sum_k exp(x[b, k] - m_b), m_b = max_k x[b, k].
//
// x, y [B, C]. Reads 3BC, writes BC floats.
//#vec4 x
//#vec4 y write
//#include rows
//#include channels
//#include lanes
//#include exp_sum
fn z_of(row: u32, col: u32) -> vec4f { return load_x(row, col); }

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  let e = exp_sum(row, lane);
  let log_s = log_of(vec4f(e.s)).x;
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    store_y(row, col, only_real(col, load_x(row, col) - e.m - log_s));
  }
}
