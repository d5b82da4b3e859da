// log_sum_exp - y[b] = m_b + log sum_k exp(x[b, k] - m_b), m_b = max_k x[b, k].
//
// x [B, C] · y [B], written whole. The row's largest value is taken off, so that no exp overflows. Reads 2BC floats.
//#vec4 x
//#dense y f32 update
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
  let s = row_sum(lane, sum4(total));
  if (leads(lane)) { y[row] = m + log(s); }
}
