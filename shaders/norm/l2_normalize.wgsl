// l2_normalize - y[b, :] = x[b, :] / max(|x[b, :]|, EPS).
//
// x, y [B, C]. Reads 3BC, writes BC floats.
//#vec4 x
//#vec4 y write
//#include rows
//#include channels
//#include lanes
//#include row_norm

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  let norm = norm_of(row, lane);
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    let x = load_x(row, col);
    if (too_short(norm)) { store_y(row, col, x / EPS); } else { store_y(row, col, x / norm.largest / norm.length); }
  }
}
