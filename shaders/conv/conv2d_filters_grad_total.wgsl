// conv2d_filters_grad_total - second of two stages: y = sum over parts of sums[part], in order.
//
// sums [PARTS, COUNT] · y [K K ceil4(in), out], COUNT 4-vectors in rows of COLS.
//#dense sums vec4f
//#vec4 y write
//#include grid
override PARTS: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  var sum = vec4f();
  for (var part = 0u; part < PARTS; part++) { sum += sums[part * COUNT + at]; }
  store_y(at / COLS, at % COLS, sum);
}
