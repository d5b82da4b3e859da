// gml_grad - dnll[i] = dy share[i] / |E|, share[i] = p_i / (sum of p over i's class), from gml_terms.
//
// terms [B, 4] · dy [] · dnll [B], written whole. One workgroup, fixed order. Reads 8B, writes B floats.
override BATCH: u32;
//#vec4 terms
//#dense dy f32
//#dense dnll f32 update
//#include workgroup_sum

@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  var sums = vec4f();
  for (var i = lane; i < BATCH; i += 64u) { sums += load_terms(i, 0u); }
  let factor = dy[0] / workgroup_sum(lane, sums).z;
  for (var i = lane; i < BATCH; i += 64u) { dnll[i] = factor * load_terms(i, 0u).x; }
}
