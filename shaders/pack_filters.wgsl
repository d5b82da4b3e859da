// pack_filters - filters as the matrix that convolution kernels multiply by.
//
//   y[tap * PADDED + ci, co] = weight[co, tap, ci] scale[co], and 0 for ci >= IN
//
// weight [OUT, TAPS, IN] f32, dense · scale [OUT] f32, dense, optional · y [TAPS * PADDED, OUT]. Done once for frozen weights: reads are not coalesced.
//#dense weight f32
//#if SCALED
//#dense scale f32
//#end
//#vec4 y write
//#include grid
override TAPS: u32;
override IN: u32;
override PADDED: u32;
override OUT: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let row = at / COLS;
  let col = at % COLS;
  let tap = row / PADDED;
  let ci = row % PADDED;
  var value = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let co = col * 4u + i;
    if (co < OUT && ci < IN) { value[i] = weight[(co * TAPS + tap) * IN + ci]; }
//#if SCALED
    value[i] *= scale[min(co, OUT - 1u)];
//#end
  }
  store_y(row, col, value);
}
