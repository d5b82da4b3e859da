// exp_sum - the largest value m of a row z_of(row, col) of 4-vectors, and s, the sum of exp(z - m).
//
// m is subtracted, so that no exp overflows and a sure answer loses no digits. Reads the row twice. Every invocation of
// the row gets m and s.
struct ExpSum { m: f32, s: f32 }

fn exp_sum(row: u32, lane: u32) -> ExpSum {
  var largest = vec4f(LOWEST);
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    largest = max(largest, select(vec4f(LOWEST), z_of(row, col), real(col)));
  }
  let m = row_max(lane, max4(largest));
  var total = vec4f();
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    total += only_real(col, exp_of(z_of(row, col) - m));
  }
  return ExpSum(m, row_sum(lane, sum4(total)));
}
