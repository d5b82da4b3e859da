// batch_norm_training_grad - gradient of a batch norm by the batch's moments, for x.
//
//   dx = gamma / deviation (dy - sums[0, c] / N - xhat sums[1, c] / N),   xhat = (x - mean[c]) / deviation
//
// dy, x, y [..., C] · gamma, beta [C] · moments [2, C] · sums [2, C], sum dy and sum dy xhat, as 4-vectors; where a relu
// followed, dy counts only where the norm's result was positive. An invocation takes one column of the matrix view and
// every STEP-th row, so that it loads the vectors once. Reads 2n, writes n values: bound by memory.
//#vec4 dy
//#vec4 x
//#vec4 gamma
//#vec4 moments
//#vec4 sums
//#if MASKED
//#vec4 beta
//#include norm_vectors
//#else
override EPS: f32;
//#end
//#vec4 y write
//#include grid
override GROUPS: u32;
override ROWS: u32;
override STEP: u32;
override SHARE: f32; // 1 / N

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let col = at % COLS;
  let c = col % GROUPS;
//#if MASKED
  let norm = norm_of(c);
//#end
  let mean = load_moments(0u, c);
  let deviation = sqrt(load_moments(1u, c) + EPS);
  let factor = load_gamma(0u, c) / deviation;
  let level = load_sums(0u, c) * SHARE;
  let slope = load_sums(1u, c) * SHARE / deviation;
  for (var row = at / COLS; row < ROWS; row += STEP) {
    let x = load_x(row, col);
    var dy = load_dy(row, col);
//#if MASKED
    dy = select(vec4f(), dy, normalise(norm, x) > vec4f());
//#end
    store_y(row, col, factor * (dy - level - (x - mean) * slope));
  }
}
