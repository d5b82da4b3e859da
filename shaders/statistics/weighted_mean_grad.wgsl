// weighted_mean_grad - dvalues[b] = dy w[b] / sum_j w[j], for y = sum w v / sum w.
//
// weights, dvalues [B] · dy []. One workgroup, fixed order. Reads 2B, writes B floats.
override COUNT: u32; // 4-vectors
//#vec4 weights
//#vec4 dy
//#vec4 dvalues write
//#include channels
//#include workgroup_sum

@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  var total = vec4f();
  for (var at = lane; at < COUNT; at += 64u) { total += only_real(at, load_weights(0u, at)); }
  total = workgroup_sum(lane, total);
  let factor = load_dy(0u, 0u).x / dot(total, vec4f(1.0));
  for (var at = lane; at < COUNT; at += 64u) { store_dvalues(0u, at, factor * load_weights(0u, at)); }
}
