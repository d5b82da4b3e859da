// batch_norm_training - y = act((x - mean[c]) gamma[c] / sqrt(variance[c] + EPS) + beta[c] + residual).
//
// x, residual, y [..., C] · moments, told [2, C], mean and biased variance · gamma, beta [C], as 4-vectors. An invocation
// takes one column of the matrix view and every STEP-th row. All have the same channels, so it loads the vectors once.
// Where the moments come in parts, every invocation joins them, and the first ones tell what they found to whoever reads
// it later, and move the running estimates by it.
// Reads and writes every value once: bound by memory.
//#vec4 x
//#vec4 gamma
//#vec4 beta
//#vec4 moments
//#if RESIDUAL
//#vec4 residual
//#end
//#vec4 y write
//#if TELLS
//#vec4 told write
//#end
//#include grid
//#include norm_walk
//#include moments_of
//#include norm_vectors
//#if MOVES
//#include move_estimates
//#end
override GROUPS: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  var place = first_place(at);
  let moments = moments_of(place.col % GROUPS);
//#if TELLS
  if (at < GROUPS) {
    store_told(0u, at, moments.mean);
    store_told(1u, at, moments.variance);
  }
//#end
//#if MOVES
  if (at < GROUPS) { move_estimates(at, moments.mean, moments.variance); }
//#end
  let norm = norm_of(place.col % GROUPS, moments);
  for (; place.row < place.end; place = next_place(place)) {
    var y = normalise(norm, load_x(place.row, place.col));
//#if RESIDUAL
    y += load_residual(place.row, place.col);
//#end
//#if RELU
    y = select(y, vec4f(), y < vec4f()); // NaN stays
//#end
    store_y(place.row, place.col, y);
  }
}
