// track - adds a step to the statistics of a training run.
//
//   statistics[0] += loss                  over the steps with a finite loss
//   statistics[1] += sum_b correct[b]
//   statistics[2] += 1                     steps
//   statistics[3]  = number of the first step whose loss is NaN or infinite, from 1 on; 0 while there is none
//
// loss [] · correct [B] of 0 and 1 · statistics [8], updated. One workgroup, fixed order.
// The loss is read as bits, because a shader may assume that floats are finite and fold a test of the value away.
override COUNT: u32; // 4-vectors
//#dense loss u32
//#vec4 correct
//#dense statistics f32 update
//#include channels
//#include workgroup_sum

@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  var hits = vec4f();
  for (var at = lane; at < COUNT; at += 64u) { hits += only_real(at, load_correct(0u, at)); }
  hits = workgroup_sum(lane, hits);
  if (lane != 0u) { return; }
  let finite = (loss[0] & 0x7f800000u) != 0x7f800000u;
  statistics[1] += dot(hits, vec4f(1.0));
  statistics[2] += 1.0;
  if (finite) {
    statistics[0] += bitcast<f32>(loss[0]);
  } else if (statistics[3] == 0.0) {
    statistics[3] = statistics[2];
  }
}
