// relu - y = max(x, 0), and NaN where x is NaN: max alone would give 0 and hide it.
//
// x, y: any shape, as 4-vectors. Reads and writes every value once: bound by memory.
//#vec4 x
//#vec4 y write
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let x = load_x(at / COLS, at % COLS);
  store_y(at / COLS, at % COLS, select(x, vec4f(), x < vec4f()));
}
