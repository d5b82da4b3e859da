// conv2d_subgroup - convolution by register tiles, for software adapters whose subgroups have SIZE invocations.
//
//   y[n, i, j, co] = act(bias[co] + residual[n, i, j, co]
//                        + sum over ky, kx, ci of x[n, i STRIDE + ky - PAD, j STRIDE + kx - PAD, ci] filters[(ky K + kx) in + ci, co])
//
// Operands, the order of each sum, and HEAD, BODY and TAIL are those of conv2d_lane. A subgroup computes a strip of PIXELS
// pixels x GROUPS 4-vectors of channels in SIZE images, of which each invocation has one: all need the same filters. For a
// tap row and 4 input channels the subgroup reads FILTER_LOADS times SIZE texels of filters, one an invocation, and each
// invocation broadcasts its own to all; conv2d_lane reads each texel in each invocation. Whatever bounds a loop or holds a
// broadcast is the same in the whole subgroup. Invocations beyond the last image compute the last image again and store
// nothing. Where images are fewer than invocations, BY_ROWS, each invocation has the strip in a row of its own instead, of
// N rows of all images: its window may lie outside the image where its neighbours' do not, and adds nothing then.
//#vec4 x
//#vec4 filters
//#if BIAS
//#vec4 bias
//#end
//#if RESIDUAL
//#vec4 residual
//#end
//#vec4 y write
override TILES: u32;
override BAND: u32;
override N: u32;
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
override STRIPS: u32;

fn column(j: i32) -> u32 { return u32(clamp(j, 0, W - 1)) * CI4; }

@compute @workgroup_size($(WORKGROUP)) fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = (id.y * BAND + id.x) / $(SIZE)u;
  if (tile >= TILES) { return; }
  let across = CO4 / $(GROUPS)u;
  let co = (tile % across) * $(GROUPS)u;
  let first = (tile / across % STRIPS) * $(PIXELS)u;
//#if BY_ROWS
  let own = tile / across / STRIPS * $(SIZE)u + lane;
  let image = min(own, N - 1u) / OH;
  let out_i = min(own, N - 1u) % OH;
//#else
  let own = tile / across / STRIPS / OH * $(SIZE)u + lane;
  let image = min(own, N - 1u);
  let out_i = tile / across / STRIPS % OH;
//#end
  let top = i32(out_i) * STRIDE - PAD;
  let left = i32(first) * STRIDE - PAD;
  let channel = co / CO4_EACH * CI4_EACH;
//#for s HEAD
  let col$s = column(left + $s) + channel;
  let inside$s = left + $s >= 0 && left + $s < W;
//#end
//#for s BODY
  let col$(s+HEAD) = u32(left + $(s+HEAD)) * CI4 + channel;
//#end
//#for s TAIL
  let col$(s+HEAD+BODY) = column(left + $(s+HEAD+BODY)) + channel;
  let inside$(s+HEAD+BODY) = left + $(s+HEAD+BODY) >= 0 && left + $(s+HEAD+BODY) < W;
//#end
  // Texel t of the filters of a tap row and 4 input channels is that of tap t / 4 GROUPS, input channel t / GROUPS % 4 and
  // 4-vector t % GROUPS. The last load has texels that nothing asks for.
//#for q FILTER_LOADS
  let t$q = $(q*SIZE)u + lane;
  let filter_row$q = t$q / $(4*GROUPS)u * CI4_EACH * 4u + t$q / $(GROUPS)u % 4u;
  let filter_col$q = co + t$q % $(GROUPS)u;
//#end
//#for p PIXELS
//#for g GROUPS
  var sum$p_$g = vec4f();
//#end
//#end
//#if BY_ROWS
  var ky = 0;
  let beyond = $(K);
//#else
  var ky = max(0, -top);
  let beyond = min($(K), H - top);
//#end
  var ci = 0u;
//#if MAY_MISS
  if (ky < beyond) {
//#end
  loop {
//#if BY_ROWS
    let row = u32(i32(image) * H + clamp(top + ky, 0, H - 1));
//#else
    let row = u32(i32(image) * H + top + ky);
//#end
    let tap_row = (u32(ky * $(K)) * CI4_EACH + ci) * 4u;
//#for q FILTER_LOADS
    let own$q = load_filters(tap_row + filter_row$q, filter_col$q);
//#end
//#for s HEAD
    let x$s = select(vec4f(), load_x(row, col$s + ci), inside$s);
//#end
//#for s BODY
    let x$(s+HEAD) = load_x(row, col$(s+HEAD) + ci);
//#end
//#for s TAIL
    let x$(s+HEAD+BODY) = select(
      vec4f(), load_x(row, col$(s+HEAD+BODY) + ci), inside$(s+HEAD+BODY));
//#end
//#for q FILTER_LOADS
//#for l SIZE
    let f$(q*SIZE+l) = subgroupBroadcast(own$q, $lu);
//#end
//#end
//#if MAY_LEAVE
    if (top + ky >= 0 && top + ky < H) {
//#end
//#for p PIXELS
//#for g GROUPS
//#for k K
//#for c LANES
    sum$p_$g = fma(vec4f(x$(p*STRIDE+k)[$c]), f$(k*4*GROUPS+c*GROUPS+g), sum$p_$g);
//#end
//#end
//#end
//#end
//#if MAY_LEAVE
    }
//#end
    continuing {
      ci++;
      let row_done = ci == CI4_EACH;
      ky += select(0, 1, row_done);
      ci = select(ci, 0u, row_done);
      break if ky >= beyond;
    }
  }
//#if MAY_MISS
  }
//#end
  if (own >= N) { return; }
//#for p PIXELS
  if (OW % $(PIXELS)u == 0u || first + $pu < OW) {
//#for g GROUPS
    {
      let out_row = image * OH + out_i;
      let at = (first + $pu) * CO4 + co + $gu;
      var value = sum$p_$g;
//#if BIAS
      value += load_bias(0u, co + $gu);
//#end
//#if RESIDUAL
      value += load_residual(out_row, at);
//#end
//#if RELU
      value = select(value, vec4f(), value < vec4f()); // not max, which hides NaN
//#end
      store_y(out_row, at, value);
    }
//#end
  }
//#end
}
