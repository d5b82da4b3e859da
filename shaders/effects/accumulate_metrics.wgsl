// accumulate_metrics - adds a step to the metrics of a training run.
//
//   metrics[0] += loss                     over the steps with a finite loss
//   metrics[1] += sum_b hits[b]
//   metrics[2] += 1                        steps
//   metrics[3]  = number of the first step whose loss is NaN or infinite, from 1 on; 0 while there is none
//
// loss [] · hits [B] of 0 and 1 · metrics [8], updated. One workgroup, fixed order.
// The loss is read as bits, because a shader may assume that floats are finite and fold a test of the value away.
override COUNT: u32; // 4-vectors
//#dense loss u32
//#vec4 hits
//#dense metrics f32 update
//#include channels
//#include workgroup_sum

@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec4f();
  for (var at = lane; at < COUNT; at += 64u) { sum += only_real(at, load_hits(0u, at)); }
  sum = workgroup_sum(lane, sum);
  if (lane != 0u) { return; }
  let finite = (loss[0] & 0x7f800000u) != 0x7f800000u;
  metrics[1] += dot(sum, vec4f(1.0));
  metrics[2] += 1.0;
  if (finite) {
    metrics[0] += bitcast<f32>(loss[0]);
  } else if (metrics[3] == 0.0) {
    metrics[3] = metrics[2];
  }
}
