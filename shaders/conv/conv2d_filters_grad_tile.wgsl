// conv2d_filters_grad_tile - first of two stages, as a matrix product over tiles in workgroup memory, for GPUs.
//
//   sums[part, tap 4 CI4_EACH + ci, co] = sum over the part's pixels of
//       x[pixel moved by tap, first ci of co's group + ci] dy[pixel, co]
//
// x [N, H, W, 4 CI4] · dy [N, OH, OW, 4 CO4] · sums [PARTS, K K 4 CI4_EACH, 4 CO4], all as 4-vectors; a group of the
// convolution has CI4_EACH and CO4_EACH 4-vectors of channels. A part is LENGTH pixels of dy. A workgroup of 64
// computes TILE_ROWS 4-vectors of (tap, ci) x THREADS_X 4-vectors of co for one part, STEP pixels at a time. It stages
// TILE_ROWS STEP vectors of x and THREADS_X STEP vectors of dy for 16 TILE_ROWS THREADS_X STEP multiply-adds. An
// invocation holds THREAD_ROWS 4-vectors of (tap, ci) x one 4-vector of co.
//#vec4 x
//#vec4 dy
//#dense sums vec4f update
override H: i32;
override W: i32;
override OH: u32;
override OW: u32;
override PIXELS: u32;
override CI4: u32;
override CO4: u32;
override CI4_EACH: u32;
override CO4_EACH: u32;
override STRIDE: i32;
override PAD: i32;
override LENGTH: u32;

var<workgroup> moved: array<vec4f, $(TILE_ROWS*STEP)>;
var<workgroup> above: array<vec4f, $(THREADS_X*STEP)>;

// The 4-vector of x that the pixel meets at `row` = (tap, ci); zero outside the image and beyond the last row.
fn load_moved(pixel: u32, row: u32, channel: u32) -> vec4f {
  let tap = i32(row / CI4_EACH);
  let out_row = pixel / OW;
  let i = i32(out_row % OH) * STRIDE - PAD + tap / $(K);
  let j = i32(pixel % OW) * STRIDE - PAD + tap % $(K);
  if (tap >= $(K*K) || i < 0 || i >= H || j < 0 || j >= W) { return vec4f(); }
  return load_x((out_row / OH) * u32(H) + u32(i), u32(j) * CI4 + channel + row % CI4_EACH);
}

@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  // Tiles of columns do not cross the groups of the convolution.
  let tiles = (CO4_EACH + $(THREADS_X)u - 1u) / $(THREADS_X)u;
  let block = group.x / tiles;
  let left = group.x % tiles * $(THREADS_X)u;
  let top = group.y * $(TILE_ROWS)u;
  let thread_x = thread % $(THREADS_X)u;
  let thread_y = thread / $(THREADS_X)u;
  let end = min((group.z + 1u) * LENGTH, PIXELS);
//#for r THREAD_ROWS
//#for i 4
  var sum$r_$i = vec4f();
//#end
//#end
  for (var first = group.z * LENGTH; first < end; first += $(STEP)u) {
//#for l LOADS
    {
      let e = thread + $(l*64)u;
      let pixel = first + e / $(TILE_ROWS)u;
      if (e < $(TILE_ROWS*STEP)u) {
        var value = vec4f();
        if (pixel < end) { value = load_moved(pixel, top + e % $(TILE_ROWS)u, block * CI4_EACH); }
        moved[e] = value;
      }
    }
//#end
//#for l ABOVE_LOADS
    {
      let e = thread + $(l*64)u;
      let pixel = first + e / $(THREADS_X)u;
      let col = left + e % $(THREADS_X)u;
      if (e < $(THREADS_X*STEP)u) {
        var value = vec4f();
        if (pixel < end && col < CO4_EACH) { value = load_dy(pixel / OW, pixel % OW * CO4 + block * CO4_EACH + col); }
        above[e] = value;
      }
    }
//#end
    workgroupBarrier();
//#for p STEP
    {
      let dy = above[$(p*THREADS_X)u + thread_x];
//#for r THREAD_ROWS
      let x$r = moved[$(p*TILE_ROWS+r*THREADS_Y)u + thread_y];
//#for i 4
      sum$r_$i = fma(vec4f(x$r[$i]), dy, sum$r_$i);
//#end
//#end
    }
//#end
    workgroupBarrier();
  }
  if (left + thread_x >= CO4_EACH) { return; }
//#for r THREAD_ROWS
  {
    let row = top + $(r*THREADS_Y)u + thread_y;
    if (row < $(K*K)u * CI4_EACH) {
      let base = (group.z * $(K*K)u * CI4_EACH + row) * 4u;
      let co = block * CO4_EACH + left + thread_x;
//#for i 4
      sums[(base + $iu) * CO4 + co] = sum$r_$i;
//#end
    }
  }
//#end
}
