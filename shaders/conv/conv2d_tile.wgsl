// conv2d_tile - convolution as a matrix product over tiles in workgroup memory, for GPUs.
//
//   y[pixel, co] = act(bias[co] + residual[pixel, co] + sum over taps, ci of x[pixel moved by tap, ci] filters[tap in + ci, co])
//
// x [N, H, W, 4 CI4] · filters [K K 4 CI4_EACH, out] · bias [out] · residual, y [N, OH, OW, out], all as 4-vectors. A
// group of the convolution has CI4_EACH and CO4_EACH 4-vectors of channels, and filters of these alone; `in` is a
// group's. A workgroup of THREADS computes TILE_ROWS pixels x TILE_COLS 4-vectors of channels, 4 DEPTH input channels
// of a tap at a time. It stages TILE_ROWS DEPTH vectors of x and 4 TILE_COLS DEPTH vectors of filters, and reads each
// from memory once per tile.
// The sum of a tile runs over K K CI4_EACH / DEPTH steps, in the same order and by fma whatever the tile; an invocation
// holds THREAD_ROWS pixels x THREAD_COLS 4-vectors. DEPTH divides CI4_EACH.
//#vec4 x
//#vec4 filters
//#if BIAS
//#vec4 bias
//#end
//#if RESIDUAL
//#vec4 residual
//#end
//#vec4 y write
override H: i32;
override W: i32;
override OH: u32;
override OW: u32;
override CI4: u32;
override CO4: u32;
override CI4_EACH: u32;
override CO4_EACH: u32;
override STRIDE: i32;
override PAD: i32;
override PIXELS: u32;

var<workgroup> pixels: array<vec4f, $(TILE_ROWS*DEPTH)>;
var<workgroup> taps: array<vec4f, $(TILE_COLS*DEPTH*4)>;

fn load_pixel(pixel: u32, ky: i32, kx: i32, ci: u32) -> vec4f {
  let out_row = pixel / OW;
  let i = i32(out_row % OH) * STRIDE - PAD + ky;
  let j = i32(pixel % OW) * STRIDE - PAD + kx;
  if (pixel >= PIXELS || i < 0 || i >= H || j < 0 || j >= W) { return vec4f(); }
  return load_x((out_row / OH) * u32(H) + u32(i), u32(j) * CI4 + ci);
}

@compute @workgroup_size($(THREADS)) fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.z * groups.y + group.y) * $(TILE_ROWS)u;
  let thread_x = thread % $(THREADS_X)u;
  let thread_y = thread / $(THREADS_X)u;
  // Tiles of columns do not cross the groups of the convolution.
  let tiles = (CO4_EACH + $(TILE_COLS)u - 1u) / $(TILE_COLS)u;
  let block = group.x / tiles;
  let left = group.x % tiles * $(TILE_COLS)u;
//#for r THREAD_ROWS
//#for w THREAD_COLS
  var sum$r_$w = vec4f();
//#end
//#end
  for (var tap = 0; tap < $(K*K); tap++) {
    for (var ci = 0u; ci < CI4_EACH; ci += $(DEPTH)u) {
//#for l ROW_LOADS
      {
        let e = thread + $(l*THREADS)u;
        let row = e / $(DEPTH)u;
        let deep = e % $(DEPTH)u;
        if (row < $(TILE_ROWS)u) {
          pixels[deep * $(TILE_ROWS)u + row] = load_pixel(first + row, tap / $(K), tap % $(K), block * CI4_EACH + ci + deep);
        }
      }
//#end
//#for l COL_LOADS
      {
        let e = thread + $(l*THREADS)u;
        if (e < $(TILE_COLS*DEPTH*4)u) {
          let col = left + e % $(TILE_COLS)u;
          var value = vec4f();
          if (col < CO4_EACH) {
            value = load_filters((u32(tap) * CI4_EACH + ci) * 4u + e / $(TILE_COLS)u, block * CO4_EACH + col);
          }
          taps[e] = value;
        }
      }
//#end
      workgroupBarrier();
//#for d DEPTH
      {
//#for w THREAD_COLS
        let a$w = taps[$(d*TILE_COLS*4+w*THREADS_X)u + thread_x];
        let b$w = taps[$(d*TILE_COLS*4+TILE_COLS+w*THREADS_X)u + thread_x];
        let c$w = taps[$(d*TILE_COLS*4+TILE_COLS*2+w*THREADS_X)u + thread_x];
        let d$w = taps[$(d*TILE_COLS*4+TILE_COLS*3+w*THREADS_X)u + thread_x];
//#end
//#for r THREAD_ROWS
        let x$r = pixels[$(d*TILE_ROWS+r*THREADS_Y)u + thread_y];
//#for w THREAD_COLS
        sum$r_$w = fma(vec4f(x$r.x), a$w, sum$r_$w);
        sum$r_$w = fma(vec4f(x$r.y), b$w, sum$r_$w);
        sum$r_$w = fma(vec4f(x$r.z), c$w, sum$r_$w);
        sum$r_$w = fma(vec4f(x$r.w), d$w, sum$r_$w);
//#end
//#end
      }
//#end
      workgroupBarrier();
    }
  }
//#for r THREAD_ROWS
//#for w THREAD_COLS
  {
    let pixel = first + $(r*THREADS_Y)u + thread_y;
    let col = left + $(w*THREADS_X)u + thread_x;
    if (pixel < PIXELS && col < CO4_EACH) {
      let row = pixel / OW;
      let co = block * CO4_EACH + col;
      let at = (pixel % OW) * CO4 + co;
      var value = sum$r_$w;
//#if BIAS
      value += load_bias(0u, co);
//#end
//#if RESIDUAL
      value += load_residual(row, at);
//#end
//#if RELU
      value = select(value, vec4f(), value < vec4f()); // not max, which hides NaN
//#end
      store_y(row, at, value);
    }
  }
//#end
//#end
}
