// channel_moments - first of two stages: mean and squares of each channel over parts of the pixels.
//
//   mean = 1/n sum x,   squares = sum (x - mean)^2 = sum (x - shift)^2 - (sum (x - shift))^2 / n   over the part's n
//
// x [PIXELS, C], WIDTH pixels to a row · found [PARTS, 2, C], as 4-vectors: means and squares. The shift is the mean
// of the part's first pixels, so that channels far from zero, or with one wild value, lose no digits.
// Reads every value once: bound by memory. The order is fixed.
//#vec4 x
//#vec4 found write
//#include channel_part
//#include workgroup_sum

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let share = share_of(group, lane);
  var value = vec4f();
  if (share.start < share.end) {
    value = load_x(share.start / WIDTH, share.start % WIDTH * GROUPS + share.channels);
  }
  let shift = workgroup_sum(lane, value) / min(share.count, f32(share.step));
  var sum = vec4f();
  var squares = vec4f();
  for (var pixel = share.start; pixel < share.end; pixel += share.step) {
    let apart = load_x(pixel / WIDTH, pixel % WIDTH * GROUPS + share.channels) - shift;
    sum += apart;
    squares += apart * apart;
  }
  sum = workgroup_sum(lane, sum);
  squares = workgroup_sum(lane, squares);
  if (!share.leads) { return; }
  let off = sum / share.count;
  let left = squares - sum * off;
  store_found(group.x, share.channels, shift + off);
  // Rounding alone makes it negative; NaN stays.
  store_found(group.x, GROUPS + share.channels, select(left, vec4f(), left < vec4f()));
}
