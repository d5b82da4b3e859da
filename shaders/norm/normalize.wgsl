// normalize - y[pixel, c] = byte SCALE[c] + SHIFT[c], 8-bit images to normalised floats.
//
// images [N, H, W, CHANNELS] bytes, four to a word, dense · y [N, H, W, CHANNELS], a pixel a 4-vector.
//#dense images u32
//#vec4 y write
//#include grid
override CHANNELS: u32;
//#for c 4
override SCALE$c: f32;
override SHIFT$c: f32;
//#end

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  var value = vec4f();
  for (var c = 0u; c < CHANNELS; c++) {
    let byte = at * CHANNELS + c;
    value[c] = f32((images[byte / 4u] >> (8u * (byte % 4u))) & 0xffu);
  }
  value = value * vec4f(SCALE0, SCALE1, SCALE2, SCALE3) + vec4f(SHIFT0, SHIFT1, SHIFT2, SHIFT3);
  store_y(at / COLS, at % COLS, value);
}
