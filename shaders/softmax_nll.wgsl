// softmax_nll - y[b] = -log softmax(z[b, :])[labels[b]], z[b, j] = logits[b, j] + prior[j].
//
//   y[b] = log sum_k exp(z[b, k] - m_b) - (z[b, label] - m_b),  m_b = max_k z[b, k]
//
// logits [B, C] · labels [B] u32 (< C, checked on the host) · prior [C] or none · y [B], written whole.
// The largest value is taken off first, so that no exp overflows and a sure answer loses no digits.
// Reads 2BC floats, writes B.
//#vec4 logits
//#dense labels u32
//#dense y f32 update
//#include rows
//#include channels
//#include lanes
//#if PRIOR
//#vec4 prior
fn z_of(row: u32, col: u32) -> vec4f { return load_logits(row, col) + load_prior(0u, col); }
//#end
//#if NO_PRIOR
fn z_of(row: u32, col: u32) -> vec4f { return load_logits(row, col); }
//#end

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  var largest = vec4f(LOWEST);
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    largest = max(largest, select(vec4f(LOWEST), z_of(row, col), real(col)));
  }
  let m = row_max(lane, max4(largest));
  var total = vec4f();
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    total += only_real(col, exp(z_of(row, col) - m));
  }
  let s = row_sum(lane, sum4(total));
  let label = labels[row];
  if (leads(lane)) { y[row] = log(s) - (z_of(row, label / 4u)[label % 4u] - m); }
}
