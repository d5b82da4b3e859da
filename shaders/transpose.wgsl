// transpose - y[j, i] = x[i, j].
//
// x [ROWS, N] · y [N, ROWS], as 4-vectors. Reads each vector of x four times, from caches mostly.
//#vec4 x
//#vec4 y write
//#include grid
override ROWS: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let row = at / COLS;
  let col = at % COLS;
  var value = vec4f();
  for (var i = 0u; i < 4u; i++) {
    if (col * 4u + i < ROWS) { value[i] = load_x(col * 4u + i, row / 4u)[row % 4u]; }
  }
  store_y(row, col, value);
}
