// batch_norm_sums - first of two stages: over each part of the pixels, the two sums for the gradient of a batch norm.
//
//   sums[part, 0, c] = sum dy,   sums[part, 1, c] = sum dy (x - mean[c])
//
// x, dy [PIXELS, C], WIDTH pixels to a row · moments [2, C], or means alone, [C] · gamma, beta [C] where a relu
// followed; dy then counts only where the norm's result was positive · sums [PARTS, 2, C], as 4-vectors.
// Reads 2n values: bound by memory. The order is fixed.
//#vec4 dy
//#vec4 x
//#vec4 moments
//#if MASKED
//#vec4 gamma
//#vec4 beta
//#include moments_of
//#include norm_vectors
//#end
//#vec4 sums write
//#include channel_part
//#include workgroup_sum

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let share = share_of(group, lane);
  let mean = load_moments(0u, share.channels);
//#if MASKED
  let norm = norm_of(share.channels, moments_of(share.channels));
//#end
  var sum = vec4f();
  var product = vec4f();
  for (var pixel = share.start; pixel < share.end; pixel += share.step) {
    let row = pixel / WIDTH;
    let col = pixel % WIDTH * GROUPS + share.channels;
    let x = load_x(row, col);
    var dy = load_dy(row, col);
//#if MASKED
    dy = select(vec4f(), dy, normalise(norm, x) > vec4f());
//#end
    sum += dy;
    product += dy * (x - mean);
  }
  sum = workgroup_sum(lane, sum);
  product = workgroup_sum(lane, product);
  if (!share.leads) { return; }
  store_sums(group.x, share.channels, sum);
  store_sums(group.x, GROUPS + share.channels, product);
}
