// global_avg_pool - y[n, c] = mean over the H W pixels of x[n, :, :, c].
//
// x [N, H, W, C] · y [N, C], as 4-vectors. One invocation per image and 4 channels.
//#vec4 x
//#vec4 y write
//#include grid
override H: u32;
override W: u32;
override GROUPS: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let image = at / COLS;
  let c = at % COLS;
  var sum = vec4f();
  for (var i = 0u; i < H; i++) {
    for (var j = 0u; j < W; j++) { sum += load_x(image * H + i, j * GROUPS + c); }
  }
  store_y(image, c, sum / f32(H * W));
}
