// mul - y = a * b.
//
// a, b, y: one shape, as 4-vectors. Reads 2n, writes n floats: bound by memory.
//#vec4 a
//#vec4 b
//#vec4 y write
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  store_y(at / COLS, at % COLS, load_a(at / COLS, at % COLS) * load_b(at / COLS, at % COLS));
}
