// transpose - y[r, c] = x[c, r].
//
// x [WIDTH, R] · y [R, WIDTH], as 4-vectors. Moves every value once: bound by memory.
//#vec4 x
//#vec4 y write
//#include grid
override WIDTH: u32;
override ACROSS: u32; // 4-vectors of a row of y

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let row = at / ACROSS;
  let col = at % ACROSS;
  var value = vec4f();
//#for i 4
  if (col * 4u + $iu < WIDTH) { value[$i] = load_x(col * 4u + $iu, row / 4u)[row % 4u]; }
//#end
  store_y(row, col, value);
}
