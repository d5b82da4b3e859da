// row_norm - the Euclidean length of a row of x, and its direction.
//
// x / m is squared, m the largest absolute value of the row. The squares of large x would overflow.
override EPS: f32;

struct Norm {
  largest: f32, // m, kept away from 0
  length: f32,  // of x / m
}

fn norm_of(row: u32, lane: u32) -> Norm {
  var largest = vec4f();
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    largest = max(largest, abs(only_real(col, load_x(row, col))));
  }
  let m = max(row_max(lane, max4(largest)), 1e-30);
  var squares = vec4f();
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    let x = only_real(col, load_x(row, col)) / m;
    squares += x * x;
  }
  return Norm(m, sqrt(row_sum(lane, sum4(squares))));
}

fn too_short(norm: Norm) -> bool { return norm.largest * norm.length <= EPS; }
