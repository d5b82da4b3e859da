// conv2d_filters_grad_tile - first of two stages, as a matrix product over tiles in workgroup memory, for GPUs.
//
//   sums[part, tap 4 CI4_EACH + ci, co] = sum over the part's pixels of
//       x[pixel moved by tap, first ci of co's group + ci] dy[pixel, co]
//
// x [N, H, W, 4 CI4] · dy [N, OH, OW, 4 CO4] · sums [PARTS, K K 4 CI4_EACH, 4 CO4], all dense and as 4-vectors; a group of
// the convolution has CI4_EACH and CO4_EACH 4-vectors of channels. A part is LENGTH pixels of dy. A workgroup of THREADS
// computes TILE_ROWS 4-vectors of (tap, ci) x TILE_COLS 4-vectors of co for one part. While it multiplies STEP pixels in
// one half of its memory, its loads of the next STEP are under way; they go to the other half, so that a step has one
// barrier. An invocation holds THREAD_ROWS x THREAD_COLS pairs of 4-vectors: 4 (THREAD_ROWS + THREAD_COLS) numbers from
// workgroup memory for 16 THREAD_ROWS THREAD_COLS multiply-adds. Neighbours stage neighbouring channels.
// Every sum goes up the pixels of its part in the same order and by fma, whatever the tile.
//#vec4 x
//#vec4 dy
//#dense sums vec4f update
override H: u32;
override W: u32;
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

var<workgroup> moved: array<array<array<vec4f, $(TILE_ROWS)>, $(STEP)>, 2>;
var<workgroup> above: array<array<array<vec4f, $(TILE_COLS)>, $(STEP)>, 2>;

// The 4-vector of x that a pixel meets at a tap and channel; zero outside the image.
fn load_moved(pixel: u32, i: i32, j: i32, channel: u32) -> vec4f {
  let out_row = pixel / OW;
  // Below 0 an index wraps and is large.
  let row = u32(i32(out_row % OH) * STRIDE + i);
  let col = u32(i32(pixel % OW) * STRIDE + j);
  if (row >= H || col >= W) { return vec4f(); }
  return load_x(0u, ((out_row / OH * H + row) * W + col) * CI4 + channel);
}

@compute @workgroup_size($(THREADS)) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  // Tiles of columns do not cross the groups of the convolution.
  let tiles = (CO4_EACH + $(TILE_COLS)u - 1u) / $(TILE_COLS)u;
  let block = group.x / tiles;
  let begin = group.z * LENGTH;
  let end = min(begin + LENGTH, PIXELS);
  // The invocation stages one (tap, ci) and one co, at some pixels.
  let own = thread % $(TILE_ROWS)u;
  let top = group.y * $(TILE_ROWS)u;
  let tap = (top + own) / CI4_EACH;
  let is_tap = tap < $(K*K)u;
  let i = i32(tap / $(K)u) - PAD;
  let j = i32(tap % $(K)u) - PAD;
  let channel = block * CI4_EACH + (top + own) % CI4_EACH;
  let across = thread % $(TILE_COLS)u;
  let left = group.x % tiles * $(TILE_COLS)u;
  let is_col = left + across < CO4_EACH;
  let first_co = block * CO4_EACH + left;
//#for l LOADS
  let pixel$l = (thread + $(l*THREADS)u) / $(TILE_ROWS)u;
  var next_moved$l = vec4f();
//#end
//#for l ABOVE_LOADS
  let over$l = (thread + $(l*THREADS)u) / $(TILE_COLS)u;
  var next_above$l = vec4f();
//#end
  // It computes 4-vectors THREADS_Y and THREADS_X apart.
//#include places
//#for r THREAD_ROWS
//#for w THREAD_COLS
//#for i 4
  var sum$r_$w_$i = vec4f();
//#end
//#end
//#end
  // One round more than steps: a round loads a step, multiplies the step before, and stores what it loaded.
  var half = 0u;
  for (var first = begin; first < end + $(STEP)u; first += $(STEP)u) {
    if (first < end) {
//#for l LOADS
      next_moved$l = vec4f();
      if (is_tap && first + pixel$l < end) { next_moved$l = load_moved(first + pixel$l, i, j, channel); }
//#end
//#for l ABOVE_LOADS
      next_above$l = vec4f();
      if (is_col && first + over$l < end) { next_above$l = load_dy(0u, (first + over$l) * CO4 + first_co + across); }
//#end
    }
    if (first > begin) {
      let full = half ^ 1u;
      for (var p = 0u; p < $(STEP)u; p += 4u) {
//#for q 4
        {
//#for w THREAD_COLS
          let dy$w = above[full][p + $qu][$(w*THREADS_X)u + x];
//#end
//#for r THREAD_ROWS
          let x$r = moved[full][p + $qu][$(r*THREADS_Y)u + y];
//#for w THREAD_COLS
//#for i 4
          sum$r_$w_$i = fma(vec4f(x$r[$i]), dy$w, sum$r_$w_$i);
//#end
//#end
//#end
        }
//#end
      }
    }
    if (first < end) {
//#for l LOADS
      if (pixel$l < $(STEP)u) { moved[half][pixel$l][own] = next_moved$l; }
//#end
//#for l ABOVE_LOADS
      if (over$l < $(STEP)u) { above[half][over$l][across] = next_above$l; }
//#end
    }
    workgroupBarrier();
    half ^= 1u;
  }
//#for r THREAD_ROWS
//#for w THREAD_COLS
  {
    let row = top + $(r*THREADS_Y)u + y;
    let col = $(w*THREADS_X)u + x;
    if (row < $(K*K)u * CI4_EACH && left + col < CO4_EACH) {
      let base = (group.z * $(K*K)u * CI4_EACH + row) * 4u;
//#for i 4
      sums[(base + $iu) * CO4 + first_co + col] = sum$r_$w_$i;
//#end
    }
  }
//#end
//#end
}
