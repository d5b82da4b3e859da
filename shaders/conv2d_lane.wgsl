// conv2d_lane - convolution by register tiles, for software adapters.
//
//   y[n, i, j, co] = act(bias[co] + residual[n, i, j, co]
//                        + sum over ky, kx, ci of x[n, i STRIDE + ky - PAD, j STRIDE + kx - PAD, ci] filters[(ky K + kx) in + ci, co])
//
// x [N, H, W, 4 CI4] · filters [K K 4 CI4, out] · bias [out] · residual, y [N, OH, OW, out], all as 4-vectors.
// An invocation computes a strip of PIXELS pixels of a row x GROUPS 4-vectors of channels. Loads decide the speed
// here: per tap row and 4 input channels it reads SPAN texels of x and 4 K GROUPS of filters for
// 16 K PIXELS GROUPS multiply-adds. Pixels outside the image are loaded from its edge and masked to zero.
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
override ROWS: u32;
override CI4: u32;
override CO4: u32;
override STRIDE: i32;
override PAD: i32;
override STRIPS: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let strip = id.x % STRIPS;
  let out_row = id.x / STRIPS;
  if (out_row >= ROWS) { return; }
  let image = i32(out_row / OH);
  let top = i32(out_row % OH) * STRIDE - PAD;
  let first = strip * $(PIXELS)u;
  let left = i32(first) * STRIDE - PAD;
  let co = id.y * $(GROUPS)u;
//#for s SPAN
  let col$s = u32(clamp(left + $s, 0, W - 1)) * CI4;
  let mask$s = select(0.0, 1.0, left + $s >= 0 && left + $s < W);
//#end
//#for p PIXELS
//#for g GROUPS
  var sum$p_$g = vec4f();
//#end
//#end
  for (var ky = 0; ky < $(K); ky++) {
    let line = top + ky;
    if (line < 0 || line >= H) { continue; }
    let row = u32(image * H + line);
    for (var ci = 0u; ci < CI4; ci++) {
//#for s SPAN
      let x$s = load_x(row, col$s + ci) * mask$s;
//#end
      let tap_row = (u32(ky * $(K)) * CI4 + ci) * 4u;
//#for k K
//#for g GROUPS
      let a$k_$g = load_filters(tap_row + $ku * CI4 * 4u, co + $gu);
      let b$k_$g = load_filters(tap_row + $ku * CI4 * 4u + 1u, co + $gu);
      let c$k_$g = load_filters(tap_row + $ku * CI4 * 4u + 2u, co + $gu);
      let d$k_$g = load_filters(tap_row + $ku * CI4 * 4u + 3u, co + $gu);
//#for p PIXELS
      sum$p_$g += x$(p*STRIDE+k).x * a$k_$g + x$(p*STRIDE+k).y * b$k_$g + x$(p*STRIDE+k).z * c$k_$g + x$(p*STRIDE+k).w * d$k_$g;
//#end
//#end
//#end
    }
  }
//#for p PIXELS
  if (first + $pu < OW) {
//#for g GROUPS
    {
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
