// pack_filters - filters as the matrix that convolution kernels multiply by.
//
//   y[tap * PADDED + (co's group in its block) EACH + c, co] = weight[co, tap, c] scale[co], and 0 elsewhere
//
// weight [OUT, TAPS, EACH] f32, dense · scale [OUT] f32, dense, optional · y [TAPS * PADDED, OUT]; a block has
// IN_BLOCK groups of the convolution side by side. Done once for frozen weights: reads are not coalesced.
//#dense weight f32
//#if SCALED
//#dense scale f32
//#end
//#vec4 y write
//#include grid
override TAPS: u32;
override EACH: u32;
override PADDED: u32;
override OUT: u32;
override OUT_EACH: u32;
override IN_BLOCK: u32;

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
    // Unsigned: a channel of a group in front wraps to a large number and is outside as well.
    let c = ci - co / OUT_EACH % IN_BLOCK * EACH;
    if (co < OUT && c < EACH) { value[i] = weight[(co * TAPS + tap) * EACH + c]; }
//#if SCALED
    value[i] *= scale[min(co, OUT - 1u)];
//#end
  }
  store_y(row, col, value);
}
