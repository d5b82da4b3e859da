// batch_norm_scale - y = gamma / sqrt(variance + EPS).
//
// gamma, variance, y [C], as 4-vectors.
//#vec4 gamma
//#vec4 variance
//#vec4 y write
//#include grid
override EPS: f32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  store_y(at / COLS, at % COLS, load_gamma(at / COLS, at % COLS) / sqrt(load_variance(at / COLS, at % COLS) + EPS));
}
