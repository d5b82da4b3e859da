// global_avg_pool_grad - y[n, i, j, c] = FACTOR dy[n, c], FACTOR = 1 / (H W).
//
// dy [N, C] · y [N, H, W, C], as 4-vectors. Bound by memory.
//#vec4 dy
//#vec4 y write
//#include grid
override H: u32;
override GROUPS: u32;
override FACTOR: f32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  store_y(at / COLS, at % COLS, load_dy(at / COLS / H, at % COLS % GROUPS) * FACTOR);
}
