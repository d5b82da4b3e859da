// global_avg_pool - y[n, c] = mean over the H W pixels of x[n, :, :, c].
//
// x [N, H, W, C] · y [N, C], as 4-vectors. One invocation per image and 4 channels. Large images take two dispatches
// of this kernel: means of the rows (as images of one row), then the mean of these means (as an image of one column).
//#if FROM_X
//#vec4 x
fn load(row: u32, col: u32) -> vec4f { return load_x(row, col); }
//#else
//#dense rows vec4f
fn load(row: u32, col: u32) -> vec4f { return rows[row * GROUPS + col]; }
//#end
//#if TO_Y
//#vec4 y write
fn store(row: u32, col: u32, value: vec4f) { store_y(row, col, value); }
//#else
//#dense rows vec4f update
fn store(row: u32, col: u32, value: vec4f) { rows[row * GROUPS + col] = value; }
//#end
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
    for (var j = 0u; j < W; j++) { sum += load(image * H + i, j * GROUPS + c); }
  }
  store(image, c, sum / f32(H * W));
}
