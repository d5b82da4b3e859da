// gather_gradients - gradients of many parameters into their places, in one dispatch.
//
//   a weight:  y[first + (co TAPS + tap) IN + c] = sum over parts, in order, of sums[part, tap PADDED + c, co]
//   a vector:  y[first + c] = rows[n, ROW, c]
//
// sums: parts of all filters' gradients, each [PARTS, COUNT] 4-vectors in rows of COLS, the filters packed · rows: the
// n-th is a layer of a texture, or begins at a number of a buffer · y: all gradients, dense f32. Entries: first
// workgroup, first 4-vector of sums, first number of y, COUNT; and for a weight COLS, PADDED, IN, PARTS; TAPS, OUT; for a
// vector 0, channels, layer or first number of rows, ROW. Writes are not coalesced.
//#if SUMS
//#dense sums vec4f
//#end
//#if ROWS
//#if LAYERED
//#vec4 rows
//#else
//#dense rows f32
//#end
//#end
//#dense y f32 update
//#table entries
//#include entry_of

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let place = place_of(group, thread);
  let at = place.at;
  let first = entries[place.entry];
  let sizes = entries[place.entry + 1u];
  if (at >= first.w) { return; }
//#if ROWS
  if (sizes.x == 0u) {
//#if LAYERED
    let value = load_rows(sizes.z, sizes.w, at);
    for (var i = 0u; i < 4u; i++) {
      if (at * 4u + i < sizes.y) { y[first.z + at * 4u + i] = value[i]; }
    }
//#else
    for (var c = at * 4u; c < min(at * 4u + 4u, sizes.y); c++) {
      y[first.z + c] = rows[sizes.z + sizes.w * sizes.y + c];
    }
//#end
    return;
  }
//#end
//#if SUMS
  let last = entries[place.entry + 2u];
  var sum = vec4f();
  for (var part = 0u; part < sizes.w; part++) { sum += sums[first.y + part * first.w + at]; }
  let row = quotient(at, sizes.x);
  let co = (at - row * sizes.x) * 4u;
  let tap = quotient(row, sizes.y);
  let c = row - tap * sizes.y;
  if (c >= sizes.z) { return; }
  for (var i = 0u; i < 4u; i++) {
    if (co + i < last.y) { y[first.z + ((co + i) * last.x + tap) * sizes.z + c] = sum[i]; }
  }
//#end
}
