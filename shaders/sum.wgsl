// sum - y[g] = sum of the vectors g * CHUNK to (g + 1) * CHUNK of x.
//
// x: any shape, as COUNT 4-vectors · y [workgroups] f32, written whole.
// Long tensors take two dispatches of this kernel, the second over the first one's y: every invocation adds
// CHUNK / 64 vectors, the order is fixed by the shape. Reads every value once: bound by memory.
override COLS: u32;
override COUNT: u32;
override CHUNK: u32;
//#vec4 x
//#dense y f32 update
//#include channels
//#include workgroup_sum

@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let end = min((group.x + 1u) * CHUNK, COUNT);
  var sum = vec4f();
  for (var at = group.x * CHUNK + lane; at < end; at += 64u) {
    sum += only_real(at % COLS, load_x(at / COLS, at % COLS));
  }
  sum = workgroup_sum(lane, sum);
  if (lane == 0u) { y[group.x] = sum.x + sum.y + sum.z + sum.w; }
}
