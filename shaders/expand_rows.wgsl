// expand_rows - y[b, c] = x[c].
//
// x [C] · y [B, C], as 4-vectors. Writes every value once: bound by memory.
//#vec4 x
//#vec4 y write
//#include grid
//#include channels

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  store_y(at / COLS, at % COLS, only_real(at % COLS, load_x(0u, at % COLS)));
}
