// batch_norm_sums_total - second of two stages: adds up the sums of the parts and divides the second by the deviation.
//
//   y[0, c] = sum_p sums[p, 0, c],   y[1, c] = sum_p sums[p, 1, c] / sqrt(variance[c] + EPS)
//
// sums [PARTS, 2, C] · moments [2, C]; without moments nothing is divided · y [2, C], as 4-vectors. One workgroup for 4
// channels, fixed order.
//#vec4 sums
//#if NORMALISED
//#vec4 moments
override EPS: f32;
//#end
//#vec4 y write
//#include workgroup_sum
override GROUPS: u32;
override PARTS: u32;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let c = group.x;
  var sum = vec4f();
  var product = vec4f();
  for (var part = lane; part < PARTS; part += 64u) {
    sum += load_sums(part, c);
    product += load_sums(part, GROUPS + c);
  }
  sum = workgroup_sum(lane, sum);
  product = workgroup_sum(lane, product);
  if (lane != 0u) { return; }
//#if NORMALISED
  product /= sqrt(load_moments(1u, c) + EPS);
//#end
  store_y(0u, c, sum);
  store_y(1u, c, product);
}
