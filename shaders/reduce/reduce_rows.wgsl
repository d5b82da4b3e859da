// reduce_rows - joins the values of a row to one value, by sum or maximum.
//
//   y[r, p] = join of the vectors p EACH to (p + 1) EACH of row r of x, lane by lane and then the lanes
//
// x: rows of COLS 4-vectors, as the op views it · y [rows, PARTS] f32, written whole.
// Long rows take two dispatches of this kernel, the second over the parts of the first; the order is fixed by the
// shapes. Reads every value once: bound by memory.
override PARTS: u32;
override EACH: u32;
//#if SCALED
override FACTOR: f32;
//#end
//#vec4 x
//#vec4 y write
//#include rows
//#include channels
//#include lanes

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = row_of(group, lane);
  if (at >= ROWS) { return; }
  let row = at / PARTS;
  let begin = (at % PARTS) * EACH;
  let end = min(begin + EACH, COLS);
//#if SUM
  var total = vec4f();
  for (var col = begin + first_col(lane); col < end; col += STRIDE) { total += load_x(row, col); }
  let joined = row_sum(lane, sum4(total));
//#else
  // A part's first value is real; the lanes beyond the last channel are not.
  let value = vec4f(load_x(row, min(begin, COLS - 1u)).x);
  var most = value;
  for (var col = begin + first_col(lane); col < end; col += STRIDE) {
    most = larger(most, select(value, load_x(row, col), real(col)));
  }
  let joined = row_max(lane, largest4(most));
//#end
//#if SCALED
  let value_y = FACTOR * joined;
//#else
  let value_y = joined;
//#end
  if (leads(lane)) { store_y(at, 0u, vec4f(value_y, 0.0, 0.0, 0.0)); }
}
