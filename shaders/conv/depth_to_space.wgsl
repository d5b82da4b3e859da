// depth_to_space - blocks of channels as squares of SIDE x SIDE pixels.
//
//   y[n, SIDE i + a, SIDE j + b, (group, c)] = x[n, i + BEFORE, j + BEFORE, (group, a, b, c)]
//
// x [N, H, W, 4 GROUPS_IN] · y [N, OH, OW, CHANNELS], as 4-vectors. EACH is the length of a block, in 4-vectors where a
// block has whole 4-vectors. Reads and writes every value once: bound by memory.
//#vec4 x
//#vec4 y write
//#include grid
override H: u32;
override OH: u32;
override SIDE: u32;
override BEFORE: u32;
override EACH: u32;
override CHANNELS: u32;
override GROUPS: u32;
override GROUPS_IN: u32;

// Place among the channels of x, or its 4-vectors, of the result's channel or 4-vector c.
fn source(c: u32, phase: u32) -> u32 { return (c / EACH * SIDE * SIDE + phase) * EACH + c % EACH; }

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let out_row = at / COLS;
  let col = at % COLS;
  let i = out_row % OH;
  let j = col / GROUPS;
  let phase = i % SIDE * SIDE + j % SIDE;
  let row = out_row / OH * H + i / SIDE + BEFORE;
  let pixel = (j / SIDE + BEFORE) * GROUPS_IN;
//#if WHOLE
  store_y(out_row, col, load_x(row, pixel + source(col % GROUPS, phase)));
//#else
  var value = vec4f();
  for (var l = 0u; l < 4u; l++) {
    let c = col % GROUPS * 4u + l;
    let at_x = source(c, phase);
    if (c < CHANNELS) { value[l] = load_x(row, pixel + at_x / 4u)[at_x % 4u]; }
  }
  store_y(out_row, col, value);
//#end
}
