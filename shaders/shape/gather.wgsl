// gather - y[b, ...] = table[indices[b], ...].
//
// table [N, ...] · indices [B] u32 (< N, checked on the host) · y [B, ...], as rows of 4-vectors. Bound by memory.
//#vec4 table
//#dense indices u32
//#vec4 y write
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  store_y(at / COLS, at % COLS, load_table(indices[at / COLS], at % COLS));
}
