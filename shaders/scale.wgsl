// scale - y = FACTOR * x.
//
// x, y: any shape, as 4-vectors. Reads and writes every value once: bound by memory.
override FACTOR: f32;
//#vec4 x
//#vec4 y write
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  store_y(at / COLS, at % COLS, FACTOR * load_x(at / COLS, at % COLS));
}
