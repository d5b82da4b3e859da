// turn_filters - packed filters for the way back, input and output channels exchanged.
//
//   y[(m MEET + l) OUT_PADDED + o, (group, a, b, ci)] = x[(ky K + kx) IN_PADDED + ci, first co of the group + o]
//   with ky = a + FROM - STRIDE m and kx = b + FROM - STRIDE l, and 0 where there is no such tap or o >= OUT_EACH
//
// x [K K IN_PADDED, out] · y [MEET MEET OUT_PADDED, OUT], as 4-vectors. A phase (a, b), a and b below STRIDE, is a
// pixel's place in its square of STRIDE x STRIDE. With stride 1 there is one phase, and the taps are in reverse. Reads
// each vector of x four times, from caches mostly.
//#vec4 x
//#vec4 y write
//#include grid
override K: i32;
override STRIDE: i32;
override FROM: i32;
override MEET: u32;
override OUT: u32;
override IN_EACH: u32;
override IN_PADDED: u32;
override OUT_EACH: u32;
override OUT_PADDED: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let row = at / COLS;
  let col = at % COLS;
  let met = row / OUT_PADDED;
  let o = row % OUT_PADDED;
  let phases = u32(STRIDE * STRIDE);
  var value = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let to = col * 4u + i;
    let phase = i32(to / IN_EACH % phases);
    let ky = phase / STRIDE + FROM - STRIDE * i32(met / MEET);
    let kx = phase % STRIDE + FROM - STRIDE * i32(met % MEET);
    if (to < OUT && o < OUT_EACH && ky >= 0 && ky < K && kx >= 0 && kx < K) {
      let co = to / (phases * IN_EACH) * OUT_EACH + o;
      value[i] = load_x(u32(ky * K + kx) * IN_PADDED + to % IN_EACH, co / 4u)[co % 4u];
    }
  }
  store_y(row, col, value);
}
