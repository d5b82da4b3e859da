// softmax_nll - y[b] = -log softmax(z[b, :])[labels[b]], z[b, j] = logits[b, j] + prior[j].
//
//   y[b] = log sum_k exp(z[b, k] - m_b) - (z[b, label] - m_b),  m_b = max_k z[b, k]
//
// logits [B, C] · labels [B] u32 (< C, checked on the host) · prior [C] or none · y [B], written whole.
// Reads 2BC floats, writes B.
//#vec4 logits
//#dense labels u32
//#dense y f32 update
//#include rows
//#include channels
//#include lanes
//#include exp_sum
//#if PRIOR
//#vec4 prior
fn z_of(row: u32, col: u32) -> vec4f { return load_logits(row, col) + load_prior(0u, col); }
//#else
fn z_of(row: u32, col: u32) -> vec4f { return load_logits(row, col); }
//#end

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  let e = exp_sum(row, lane);
  let label = labels[row];
  if (leads(lane)) { y[row] = log_of(vec4f(e.s)).x - (z_of(row, label / 4u)[label % 4u] - e.m); }
}
