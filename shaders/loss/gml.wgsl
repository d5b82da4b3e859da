// gml - y = -(1 / |E|) sum over the classes c in the batch of log(mean p of class c), from gml_terms.
//
// terms [B, 4] · y []. One workgroup, fixed order: sums of the second and the third column. Reads 4B floats.
override BATCH: u32;
//#vec4 terms
//#dense y f32 update
//#include workgroup_sum

@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  var sums = vec4f();
  for (var i = lane; i < BATCH; i += 64u) { sums += load_terms(i, 0u); }
  sums = workgroup_sum(lane, sums);
  if (lane == 0u) { y[0] = sums.y / sums.z; }
}
