// take - y[b] = table[labels[b]].
//
// table [C] · labels [B] u32 (< C, checked on the host) · y [B], written whole.
override COUNT: u32;
//#dense table f32
//#dense labels u32
//#dense y f32 update

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < COUNT) { y[id.x] = table[labels[id.x]]; }
}
