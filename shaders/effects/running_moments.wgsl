// running_moments - moves the running estimates of a batch norm towards the batch's moments, in place.
//
// moments [2, C], mean and biased variance, as 4-vectors · the estimates: see `move_estimates.wgsl`.
//#vec4 moments
//#include move_estimates

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x * 4u >= CHANNELS) { return; }
  move_estimates(id.x, load_moments(0u, id.x), load_moments(1u, id.x));
}
