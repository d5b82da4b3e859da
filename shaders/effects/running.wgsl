// running - estimate = (1 - MOMENTUM) estimate + MOMENTUM FACTOR value, in place.
//
// estimate, value [COUNT 4-vectors], dense. Reads 2n, writes n floats: bound by memory.
override MOMENTUM: f32;
override FACTOR: f32;
//#dense estimate vec4f update
//#dense value vec4f
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  estimate[at] = (1.0 - MOMENTUM) * estimate[at] + MOMENTUM * FACTOR * value[at];
}
