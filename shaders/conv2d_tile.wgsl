// conv2d_tile - convolution as a matrix product over tiles in workgroup memory, for GPUs.
//
//   y[pixel, co] = act(bias[co] + residual[pixel, co] + sum over taps, ci of x[pixel moved by tap, ci] filters[tap in + ci, co])
//
// x [N, H, W, 4 CI4] · filters [K K 4 CI4_EACH, out] · bias [out] · residual, y [N, OH, OW, out], all as 4-vectors. A
// group of the convolution has CI4_EACH and CO4_EACH of them, and filters of its own channels only; `in` is its.
// A workgroup of 64 computes TILE_ROWS pixels x ACROSS 4-vectors of channels, 4 input channels of a tap at a time:
// it stages TILE_ROWS vectors of x and 4 ACROSS of filters, each read from memory once per tile. The sum of a tile
// runs over K K CI4_EACH steps; an invocation holds MINE pixels x one 4-vector.
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

var<workgroup> pixels: array<vec4f, $(TILE_ROWS)>;
var<workgroup> taps: array<vec4f, $(ACROSS*4)>;

fn load_pixel(pixel: u32, ky: i32, kx: i32, ci: u32) -> vec4f {
  let out_row = pixel / OW;
  let i = i32(out_row % OH) * STRIDE - PAD + ky;
  let j = i32(pixel % OW) * STRIDE - PAD + kx;
  if (pixel >= PIXELS || i < 0 || i >= H || j < 0 || j >= W) { return vec4f(); }
  return load_x((out_row / OH) * u32(H) + u32(i), u32(j) * CI4 + ci);
}

@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) mine: u32) {
  let first = (group.z * groups.y + group.y) * $(TILE_ROWS)u;
  let across = mine % $(ACROSS)u;
  let down = mine / $(ACROSS)u;
  // Tiles of columns do not cross the groups of the convolution.
  let tiles = (CO4_EACH + $(ACROSS)u - 1u) / $(ACROSS)u;
  let block = group.x / tiles;
  let left = group.x % tiles * $(ACROSS)u;
  let co = block * CO4_EACH + left + across;
//#for r MINE
  var sum$r = vec4f();
//#end
  for (var tap = 0; tap < $(K*K); tap++) {
    for (var ci = 0u; ci < CI4_EACH; ci++) {
      if (mine < $(TILE_ROWS)u) { pixels[mine] = load_pixel(first + mine, tap / $(K), tap % $(K), block * CI4_EACH + ci); }
      if (mine < $(ACROSS*4)u) {
        let col = left + mine % $(ACROSS)u;
        var value = vec4f();
        if (col < CO4_EACH) {
          value = load_filters((u32(tap) * CI4_EACH + ci) * 4u + mine / $(ACROSS)u, block * CO4_EACH + col);
        }
        taps[mine] = value;
      }
      workgroupBarrier();
      let a = taps[across];
      let b = taps[$(ACROSS)u + across];
      let c = taps[$(ACROSS*2)u + across];
      let d = taps[$(ACROSS*3)u + across];
//#for r MINE
      let x$r = pixels[$(DOWN*r)u + down];
      sum$r += x$r.x * a + x$r.y * b + x$r.z * c + x$r.w * d;
//#end
      workgroupBarrier();
    }
  }
  if (left + across >= CO4_EACH) { return; }
//#for r MINE
  {
    let pixel = first + $(DOWN*r)u + down;
    if (pixel < PIXELS) {
      let row = pixel / OW;
      let at = (pixel % OW) * CO4 + co;
      var value = sum$r;
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
}
