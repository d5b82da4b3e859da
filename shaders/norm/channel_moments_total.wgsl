// channel_moments_total - second of two stages: mean and biased variance of each channel from the parts.
//
//   mean = 1/N sum_p n_p mean_p,   variance = 1/N sum_p (squares_p + n_p (mean_p - mean)^2)
//
// found [PARTS, 2, C] · y [2, C], mean and variance, as 4-vectors. Part p has n_p = LENGTH pixels, the last part the
// remaining pixels. One workgroup for 4 channels, fixed order.
//#vec4 found
//#vec4 y write
//#include workgroup_sum
override PIXELS: u32;
override GROUPS: u32;
override LENGTH: u32;
override PARTS: u32;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let c = group.x;
  let shift = load_found(0u, c);
  var sum = vec4f();
  for (var part = lane; part < PARTS; part += 64u) {
    let count = f32(min(LENGTH, PIXELS - part * LENGTH));
    sum += count * (load_found(part, c) - shift);
  }
  let mean = shift + workgroup_sum(lane, sum) / f32(PIXELS);
  var squares = vec4f();
  for (var part = lane; part < PARTS; part += 64u) {
    let count = f32(min(LENGTH, PIXELS - part * LENGTH));
    let apart = load_found(part, c) - mean;
    squares += load_found(part, GROUPS + c) + count * apart * apart;
  }
  squares = workgroup_sum(lane, squares);
  if (lane != 0u) { return; }
  store_y(0u, c, mean);
  store_y(1u, c, squares / f32(PIXELS));
}
