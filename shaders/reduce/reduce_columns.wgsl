// reduce_columns - joins the vectors of a column to one vector, by sum or maximum.
//
//   y[p, c] = join of the rows p EACH to (p + 1) EACH of x, in order, for each 4-vector c
//
// x: ROWS rows of COUNT 4-vectors, as the op views it · y: one row, or one row for each part. Many rows take two
// dispatches of this kernel, the second over the parts of the first. Reads every value once: bound by memory.
override ROWS: u32;
override EACH: u32;
//#if SCALED
override FACTOR: f32;
//#end
//#vec4 x
//#vec4 y write
//#include grid
//#include lanes

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let col = index_of(id);
  if (col >= COUNT) { return; }
  // The last parts may have no rows. They then add nothing, or take their neighbour's last value once more.
  let begin = min(id.z * EACH, ROWS);
  let end = min(begin + EACH, ROWS);
//#if SUM
  var joined = vec4f();
  for (var row = begin; row < end; row++) { joined += load_x(row, col); }
//#else
  var joined = load_x(min(begin, ROWS - 1u), col);
  for (var row = begin; row < end; row++) { joined = larger(joined, load_x(row, col)); }
//#end
//#if SCALED
  joined *= FACTOR;
//#end
  store_y(id.z, col, joined);
}
