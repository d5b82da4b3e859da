// running - estimate = (1 - MOMENTUM) estimate + MOMENTUM FACTOR value, in place.
//
// estimate, value [COUNT] f32, dense.
//#dense estimate f32 update
//#dense value f32
override COUNT: u32;
override MOMENTUM: f32;
override FACTOR: f32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= COUNT) { return; }
  estimate[id.x] = (1.0 - MOMENTUM) * estimate[id.x] + MOMENTUM * FACTOR * value[id.x];
}
