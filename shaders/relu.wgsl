// relu - y = max(x, 0).
//
// x, y: any shape, as 4-vectors. Reads and writes every value once: bound by memory.
//#vec4 x
//#vec4 y write
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  store_y(at / COLS, at % COLS, max(load_x(at / COLS, at % COLS), vec4f(0.0)));
}
