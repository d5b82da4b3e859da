// relu_grad - y = dy where result > 0, else 0, for result = max(x, 0).
//
// result, dy, y: one shape, as 4-vectors. Reads 2n, writes n floats: bound by memory.
//#vec4 result
//#vec4 dy
//#vec4 y write
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let dy = load_dy(at / COLS, at % COLS);
  store_y(at / COLS, at % COLS, select(vec4f(0.0), dy, load_result(at / COLS, at % COLS) > vec4f(0.0)));
}
