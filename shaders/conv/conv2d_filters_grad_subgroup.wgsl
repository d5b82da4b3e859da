// conv2d_filters_grad_subgroup - first of two stages, for software adapters whose subgroups have SIZE invocations.
//
//   sums[part, (ky K + kx) 4 CI4_EACH + ci, co] = sum over the part's n, i, j of
//       x[n, i STRIDE + ky - PAD, j STRIDE + kx - PAD, first ci of co's group + ci] dy[n, i, j, co]
//
// Operands, parts, the walk over their rows and the order of each sum are those of conv2d_filters_grad_lane. A subgroup
// holds the sums of one part, one ky, all kx, DEPTH 4-vectors of ci and SIZE WIDTH of co, each invocation those of WIDTH.
// All need the same SPAN DEPTH texels of x: each invocation reads X_LOADS and broadcasts them. It reads PIXELS WIDTH texels of
// dy itself, for 16 K DEPTH WIDTH PIXELS multiply-adds. Whatever bounds a loop or a branch is the same in the whole subgroup.
//#vec4 x
//#vec4 dy
//#dense sums vec4f update
override H: i32;
override W: i32;
override OH: u32;
override OW: u32;
override ROWS: u32;
override CI4: u32;
override CO4: u32;
override CI4_EACH: u32;
override CO4_EACH: u32;
override STRIDE: i32;
override PAD: i32;
override PARTS: u32;
override ROWS_EACH: u32;
override STRIPS: u32;

@compute @workgroup_size(32) fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = id.x / $(SIZE)u;
  let across = CO4 / $(SIZE*WIDTH)u;
  let deep = CI4_EACH / $(DEPTH)u;
  let co = (tile % across) * $(SIZE*WIDTH)u + lane;
  let ci = (tile / across % deep) * $(DEPTH)u;
  let ky = tile / (across * deep) % $(K)u;
  let part = tile / (across * deep * $(K)u);
  if (part >= PARTS) { return; }
  let channel = (tile % across) * $(SIZE*WIDTH)u / CO4_EACH * CI4_EACH + ci;
  // Texel t of a strip is that of column t / DEPTH and 4-vector t % DEPTH. The last load has texels that nothing asks for.
//#for q X_LOADS
  let column$q = i32(($(q*SIZE)u + lane) / $(DEPTH)u);
  let channel$q = channel + ($(q*SIZE)u + lane) % $(DEPTH)u;
//#end
//#for c DEPTH
//#for k K
//#for i 4
//#for g WIDTH
  var sum$c_$k_$i_$g = vec4f();
//#end
//#end
//#end
//#end
  // Row i of dy meets row i STRIDE - above of x, which is inside the image for i in [low, high). Division rounds towards
  // zero, up below it: a kernel row below the image has H + above <= 0 and no i.
  let above = PAD - i32(ky);
  let low = (max(above, 0) + STRIDE - 1) / STRIDE;
  let high = min(i32(OH), (max(H + above, 0) + STRIDE - 1) / STRIDE);
  let end = i32(min((part + 1u) * ROWS_EACH, ROWS));
  var image = i32(part * ROWS_EACH / OH);
  var i = max(i32(part * ROWS_EACH % OH), low);
  image += select(0, 1, i >= high);
  i = select(i, low, i >= high);
  var strip = 0u;
  if (low < high && image * i32(OH) + i < end) {
    loop {
      let out_row = u32(image * i32(OH) + i);
      let row = u32(image * H + i * STRIDE - above);
      let first = strip * $(PIXELS)u;
      let left = i32(first) * STRIDE - PAD;
//#for q X_LOADS
      let at$q = left + column$q;
      let own$q = select(
        vec4f(), load_x(row, u32(clamp(at$q, 0, W - 1)) * CI4 + channel$q), at$q >= 0 && at$q < W);
//#end
//#for p PIXELS
//#for g WIDTH
//#if WHOLE
      let d$p_$g = load_dy(out_row, (first + $pu) * CO4 + co + $(g*SIZE)u);
//#else
      let d$p_$g = select(
        vec4f(), load_dy(out_row, min(first + $pu, OW - 1u) * CO4 + co + $(g*SIZE)u), first + $pu < OW);
//#end
//#end
//#end
//#for q X_LOADS
//#for l SIZE
      let x$(q*SIZE+l) = subgroupBroadcast(own$q, $lu);
//#end
//#end
//#for c DEPTH
//#for k K
//#for i 4
//#for g WIDTH
//#for p PIXELS
      sum$c_$k_$i_$g = fma(vec4f(x$(p*STRIDE*DEPTH+k*DEPTH+c)[$i]), d$p_$g, sum$c_$k_$i_$g);
//#end
//#end
//#end
//#end
//#end
      continuing {
        strip++;
        let row_done = strip == STRIPS;
        strip = select(strip, 0u, row_done);
        i += select(0, 1, row_done);
        image += select(0, 1, i == high);
        i = select(i, low, i == high);
        break if image * i32(OH) + i >= end;
      }
    }
  }
  let base = ((part * $(K)u + ky) * $(K)u * CI4_EACH + ci) * 4u;
//#for c DEPTH
//#for k K
//#for i 4
//#for g WIDTH
  sums[(base + $ku * CI4_EACH * 4u + $(c*4+i)u) * CO4 + co + $(g*SIZE)u] = sum$c_$k_$i_$g;
//#end
//#end
//#end
//#end
}
