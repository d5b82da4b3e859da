// log_sum_exp - y[b] = m_b + log sum_k exp(x[b, k] - m_b), m_b = max_k x[b, k].
//
// x [B, C] · y [B], written whole. Reads 2BC floats.
//#vec4 x
//#dense y f32 update
//#include rows
//#include channels
//#include lanes
//#include exp_sum
fn z_of(row: u32, col: u32) -> vec4f { return load_x(row, col); }

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  let e = exp_sum(row, lane);
  if (leads(lane)) { y[row] = e.m + log_of(vec4f(e.s)).x; }
}
