// argmax - y[b] = the first j with the largest x[b, j]; NaN is larger than any number.
//
// x [B, C] · y [B] u32, written whole. Indices are compared as f32, exact below 2^24. Reads 2BC floats.
//#vec4 x
//#dense y u32 update
//#include rows
//#include channels
//#include lanes

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  var largest = vec4f(LOWEST);
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    largest = larger(largest, select(vec4f(LOWEST), load_x(row, col), real(col)));
  }
  let m = vec4f(row_max(lane, largest4(largest)));
  // The lowest index is the largest of the negative ones; a row without a largest value, all -Infinity, gives 0.
  var first = vec4f(LOWEST);
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    let index = vec4f(vec4u(col * 4u) + vec4u(0u, 1u, 2u, 3u));
    let x = load_x(row, col);
    first = max(first, select(vec4f(LOWEST), -index, real(col) & select(x == m, is_nan(x), is_nan(m))));
  }
  let at = row_max(lane, max4(first));
  if (leads(lane)) { y[row] = select(0u, u32(-at), at > LOWEST); }
}
