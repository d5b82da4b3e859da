// unpack_filters - filters from the matrix that convolution kernels multiply by.
//
//   y[co, ky, kx, c] = packed[(ky K + kx) PADDED + (co's group in its block) EACH + c, co]
//
// packed [K K PADDED, out] · y [out, K, K, EACH], as 4-vectors; a block of the matrix has IN_BLOCK groups of the
// convolution side by side. Reads are not coalesced.
//#vec4 packed
//#vec4 y write
//#include grid
override K: u32;
override EACH: u32;
override PADDED: u32;
override OUT_EACH: u32;
override IN_BLOCK: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let vectors = (EACH + 3u) / 4u;
  let co = at / COLS / K;
  let tap = at / COLS % K * K + at % COLS / vectors;
  let first = tap * PADDED + co / OUT_EACH % IN_BLOCK * EACH;
  var value = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let c = at % COLS % vectors * 4u + i;
    if (c < EACH) { value[i] = load_packed(first + c, co / 4u)[co % 4u]; }
  }
  store_y(at / COLS, at % COLS, value);
}
