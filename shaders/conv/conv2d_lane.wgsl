// conv2d_lane - convolution by register tiles, for software adapters.
//
//   y[n, i, j, co] = act(bias[co] + residual[n, i, j, co]
//                        + sum over ky, kx, ci of x[n, i STRIDE + ky - PAD, j STRIDE + kx - PAD, ci] filters[(ky K + kx) in + ci, co])
//
// x [N, H, W, 4 CI4] · filters [K K 4 CI4_EACH, out] · bias [out] · residual, y [N, OH, OW, out], all as 4-vectors. A
// group of the convolution has CI4_EACH and CO4_EACH 4-vectors of channels, and filters of these alone; `in` is a
// group's. An invocation computes a strip of PIXELS pixels of a row of IMAGES images x GROUPS 4-vectors of channels.
// Loads decide the speed: per tap row and 4 input channels it reads SPAN texels of x from each image and 4 K GROUPS
// texels of filters for 16 K PIXELS IMAGES GROUPS multiply-adds. Neighbours compute other channels of the same pixels,
// as that loads faster. One loop goes over the window's rows inside the image and their channels, and is tested at its
// end. A software adapter runs a loop once more with all lanes off to find out that it is over: a third of the time of
// two short nested loops. Only the first HEAD and the last TAIL of the SPAN columns may lie outside the image.
//#vec4 x
//#vec4 filters
//#if BIAS
//#vec4 bias
//#end
//#if RESIDUAL
//#vec4 residual
//#end
//#vec4 y write
//#include grid
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

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let co = (at % COLS) * $(GROUPS)u;
  let first = (at / COLS % STRIPS) * $(PIXELS)u;
  let image = at / COLS / STRIPS / OH * $(IMAGES)u;
  let out_i = at / COLS / STRIPS % OH;
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
//#for m IMAGES
//#for p PIXELS
//#for g GROUPS
  var sum$m_$p_$g = vec4f();
//#end
//#end
//#end
  var ky = max(0, -top);
  let beyond = min($(K), H - top);
  var ci = 0u;
//#if MAY_MISS
  if (ky < beyond) {
//#end
  loop {
    let row = u32(i32(image) * H + top + ky);
//#for m IMAGES
//#for s HEAD
    let x$m_$s = select(vec4f(), load_x(row + $mu * u32(H), col$s + ci), inside$s);
//#end
//#for s BODY
    let x$m_$(s+HEAD) = load_x(row + $mu * u32(H), col$(s+HEAD) + ci);
//#end
//#for s TAIL
    let x$m_$(s+HEAD+BODY) = select(
      vec4f(), load_x(row + $mu * u32(H), col$(s+HEAD+BODY) + ci), inside$(s+HEAD+BODY));
//#end
//#end
    let tap_row = (u32(ky * $(K)) * CI4_EACH + ci) * 4u;
//#for k K
//#for g GROUPS
//#for c LANES
    let f$k_$g_$c = load_filters(tap_row + $ku * CI4_EACH * 4u + $cu, co + $gu);
//#end
//#end
//#end
//#for m IMAGES
//#for p PIXELS
//#for g GROUPS
//#for k K
//#for c LANES
    sum$m_$p_$g = fma(vec4f(x$m_$(p*STRIDE+k)[$c]), f$k_$g_$c, sum$m_$p_$g);
//#end
//#end
//#end
//#end
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
//#for m IMAGES
//#for p PIXELS
  if (OW % $(PIXELS)u == 0u || first + $pu < OW) {
//#for g GROUPS
    {
      let out_row = (image + $mu) * OH + out_i;
      let at = (first + $pu) * CO4 + co + $gu;
      var value = sum$m_$p_$g;
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
//#end
}
