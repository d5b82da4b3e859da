// weighted_mean - y = sum_b w[b] v[b] / sum_b w[b].
//
// values, weights [B] · y []. One workgroup, fixed order. Reads 2B floats.
override COUNT: u32; // 4-vectors
//#vec4 values
//#vec4 weights
//#dense y f32 update
//#include channels
//#include workgroup_sum

@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  var weighted = vec4f();
  var total = vec4f();
  for (var at = lane; at < COUNT; at += 64u) {
    let w = only_real(at, load_weights(0u, at));
    total += w;
    weighted += w * only_real(at, load_values(0u, at));
  }
  weighted = workgroup_sum(lane, weighted);
  total = workgroup_sum(lane, total);
  if (lane == 0u) { y[0] = dot(weighted, vec4f(1.0)) / dot(total, vec4f(1.0)); }
}
