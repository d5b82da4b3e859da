// batch_norm_training - y = act((x - mean[c]) gamma[c] / sqrt(variance[c] + EPS) + beta[c] + residual).
//
// x, residual, y [..., C] · moments [2, C], mean and biased variance · gamma, beta [C], as 4-vectors. An invocation
// takes one column of the matrix view and every STEP-th row. All have the same channels, so it loads the vectors once.
// Reads and writes every value once: bound by memory.
//#vec4 x
//#vec4 gamma
//#vec4 beta
//#vec4 moments
//#if RESIDUAL
//#vec4 residual
//#end
//#vec4 y write
//#include grid
//#include norm_vectors
override GROUPS: u32;
override ROWS: u32;
override STEP: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let col = at % COLS;
  let norm = norm_of(col % GROUPS);
  for (var row = at / COLS; row < ROWS; row += STEP) {
    var y = normalise(norm, load_x(row, col));
//#if RESIDUAL
    y += load_residual(row, col);
//#end
//#if RELU
    y = select(y, vec4f(), y < vec4f()); // NaN stays
//#end
    store_y(row, col, y);
  }
}
