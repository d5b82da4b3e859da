// global_norm - y[g] = sum of the squares of the vectors g * CHUNK to (g + 1) * CHUNK of x; LAST the root of that sum.
//
// x [COUNT 4-vectors] · y [workgroups] f32, written whole. Long vectors take two dispatches, the second over the first
// one's y, which holds squares already. The order is fixed by the shape. Reads every value once: bound by memory.
override COUNT: u32;
override CHUNK: u32;
//#vec4 x
//#dense y f32 update
//#include workgroup_sum

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let end = min((group.x + 1u) * CHUNK, COUNT);
  var sum = vec4f();
  for (var at = group.x * CHUNK + lane; at < end; at += 64u) {
    let x = load_x(0u, at);
//#if SQUARES
    sum += x;
//#else
    sum += x * x;
//#end
  }
  let total = dot(workgroup_sum(lane, sum), vec4f(1.0));
  if (lane != 0u) { return; }
//#if LAST
  y[group.x] = sqrt(total);
//#else
  y[group.x] = total;
//#end
}
