// channel_mean - first of two stages: sums of each channel over parts of the rows.
//
//   sums[part, c] = sum over the part's pixels of x[pixel, c]   or of (x - center[c])^2
//
// x [PIXELS, C], WIDTH pixels to a row · center [C] · sums [PARTS, C], as 4-vectors. One invocation per part and
// 4 channels, LENGTH pixels in a fixed order, so that equal inputs give equal bits.
//#vec4 x
//#if CENTRED
//#vec4 center
//#end
//#dense sums vec4f update
override PIXELS: u32;
override WIDTH: u32;
override GROUPS: u32;
override PARTS: u32;
override LENGTH: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x % GROUPS;
  let part = id.x / GROUPS;
  if (part >= PARTS) { return; }
  let first = part * LENGTH;
  // No division inside the loop.
  var row = first / WIDTH;
  var pixel = first % WIDTH;
  var sum = vec4f();
  for (var left = min(LENGTH, PIXELS - min(first, PIXELS)); left > 0u; left--) {
    let value = load_x(row, pixel * GROUPS + c);
//#if CENTRED
    let apart = value - load_center(0u, c);
    sum += apart * apart;
//#end
//#if UNCENTRED
    sum += value;
//#end
    pixel++;
    if (pixel == WIDTH) {
      pixel = 0u;
      row++;
    }
  }
  sums[part * GROUPS + c] = sum;
}
