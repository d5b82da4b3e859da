// batch_norm_training_grad - gradient of a batch norm by the batch's moments, for x.
//
//   dx = gamma / deviation (dy - sums[0, c] / N - xhat sums[1, c] / N),   xhat = (x - mean[c]) / deviation
//
// dy, x, y [..., C] · gamma, beta [C] · moments [2, C] · sums, told [2, C], sum dy and sum dy xhat, as 4-vectors; where a
// relu followed, dy counts only where the norm's result was positive. Where the sums come in parts, [PARTS, 2, C], sum dy
// and sum dy (x - mean), every invocation adds them up, and the first ones tell the sums to whoever reads them later.
// An invocation takes one column of the matrix view and every STEP-th row, so that it loads the vectors once.
// Reads 2n, writes n values: bound by memory.
//#vec4 dy
//#vec4 x
//#vec4 gamma
//#vec4 moments
//#vec4 sums
//#include moments_of
//#if MASKED
//#vec4 beta
//#include norm_vectors
//#else
override EPS: f32;
//#end
//#vec4 y write
//#if TELLS
//#vec4 told write
//#end
//#include grid
//#include norm_walk
override GROUPS: u32;
override SHARE: f32; // 1 / N

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  var place = first_place(at);
  let c = place.col % GROUPS;
  let moments = moments_of(c);
//#if MASKED
  let norm = norm_of(c, moments);
//#end
  let deviation = sqrt(moments.variance + EPS);
  let factor = load_gamma(0u, c) / deviation;
//#if PARTS
  var sum = vec4f();
  var product = vec4f();
//#for p PARTS
  sum += load_sums($pu, c);
  product += load_sums($pu, GROUPS + c);
//#end
  product /= deviation;
//#else
  let sum = load_sums(0u, c);
  let product = load_sums(1u, c);
//#end
//#if TELLS
  if (at < GROUPS) {
    store_told(0u, at, sum);
    store_told(1u, at, product);
  }
//#end
  let level = sum * SHARE;
  let slope = product * SHARE / deviation;
  for (; place.row < place.end; place = next_place(place)) {
    let x = load_x(place.row, place.col);
    var dy = load_dy(place.row, place.col);
//#if MASKED
    dy = select(vec4f(), dy, normalise(norm, x) > vec4f());
//#end
    store_y(place.row, place.col, factor * (dy - level - (x - moments.mean) * slope));
  }
}
