// scatter_add - y[n, ...] = sum of values[b, ...] over the b with indices[b] = n.
//
// values [ENTRIES, ...] · indices [ENTRIES] u32 (< N, checked on the host) · y [N, ...], written whole, as rows of
// 4-vectors. Every invocation looks through all indices, so that the order of the sum is fixed. All invocations of
// a workgroup read the same index at a time.
override ENTRIES: u32;
//#vec4 values
//#dense indices u32
//#vec4 y write
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let n = at / COLS;
  var sum = vec4f();
  for (var b = 0u; b < ENTRIES; b++) {
    if (indices[b] == n) { sum += load_values(b, at % COLS); }
  }
  store_y(n, at % COLS, sum);
}
