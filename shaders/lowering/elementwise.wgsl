// elementwise - y = formula(x0, x1, ...), value by value.
//
// x0, x1, ...: INPUTS operands, each seen in the shape of y · y: any shape, as 4-vectors.
// The op gives the formula over v0, v1, ... as `var value = ...;`. Reads every operand and writes y once: bound by
// memory. Lanes beyond the last channel are written as zero, whatever the formula makes of zeros.
//#include numbers
//#for i INPUTS
//#vec4 x$i
//#end
//#vec4 y write
//#include grid
//#include lanes
//#include channels

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let row = at / COLS;
  let col = at % COLS;
//#for i INPUTS
  let v$i = load_x$i(row, col);
//#end
//#include formula
//#if PADDED
  value = only_real(col, value);
//#end
  store_y(row, col, value);
}
