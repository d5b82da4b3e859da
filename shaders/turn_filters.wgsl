// turn_filters - packed filters for the way back, taps in reverse, input and output channels exchanged.
//
//   y[(TAPS - 1 - tap) OUT_PADDED + o, ci] = x[tap IN_PADDED + ci in its group, first co of ci's group + o],
//   and 0 for o >= OUT_EACH
//
// x [TAPS IN_PADDED, out] · y [TAPS OUT_PADDED, IN], as 4-vectors. Reads each vector of x four times, from caches mostly.
//#vec4 x
//#vec4 y write
//#include grid
override TAPS: u32;
override IN: u32;
override IN_EACH: u32;
override IN_PADDED: u32;
override OUT_EACH: u32;
override OUT_PADDED: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let row = at / COLS;
  let col = at % COLS;
  let tap = TAPS - 1u - row / OUT_PADDED;
  let o = row % OUT_PADDED;
  var value = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let ci = col * 4u + i;
    let co = ci / IN_EACH * OUT_EACH + o;
    if (ci < IN && o < OUT_EACH) { value[i] = load_x(tap * IN_PADDED + ci % IN_EACH, co / 4u)[co % 4u]; }
  }
  store_y(row, col, value);
}
