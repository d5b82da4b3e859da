// one_hot - y[b, c] = 1 where labels[b] = c, else 0.
//
// labels [B] u32 (< C, checked on the host) · y [B, C], as 4-vectors. Bound by memory.
//#dense labels u32
//#vec4 y write
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let col = at % COLS;
  let class_of = vec4u(col * 4u) + vec4u(0u, 1u, 2u, 3u);
  store_y(at / COLS, col, select(vec4f(), vec4f(1.0), class_of == vec4u(labels[at / COLS])));
}
