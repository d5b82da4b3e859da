// row - y = x[ROW, :].
//
// x [R, C] · y [C], as 4-vectors.
//#vec4 x
//#vec4 y write
//#include grid
override ROW: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at < COUNT) { store_y(0u, at, load_x(ROW, at)); }
}
