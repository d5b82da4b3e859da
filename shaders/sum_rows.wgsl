// sum_rows - y[s, c] = sum of x[b, c] over the rows b from s * ROWS_EACH on.
//
// x [B, C] · y [C], or the parts [S, C / 4] of a first stage when there are many rows: one invocation adds ROWS_EACH
// rows of one 4-vector of columns, in order. Reads every value once: bound by memory.
override ROWS: u32;
override COLS: u32;
override ROWS_EACH: u32;
//#if FROM_PARTS
//#dense parts vec4f
fn load(row: u32, col: u32) -> vec4f { return parts[row * COLS + col]; }
//#end
//#if FROM_X
//#vec4 x
fn load(row: u32, col: u32) -> vec4f { return load_x(row, col); }
//#end
//#dense y vec4f update

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= COLS) { return; }
  let end = min((id.y + 1u) * ROWS_EACH, ROWS);
  var sum = vec4f();
  for (var row = id.y * ROWS_EACH; row < end; row++) { sum += load(row, id.x); }
  y[id.y * COLS + id.x] = sum;
}
