// conv2d_filters_grad_lane - first of two stages, by register tiles, for software adapters.
//
//   sums[part, (ky K + kx) 4 CI4_EACH + ci, co] = sum over the part's n, i, j of
//       x[n, i STRIDE + ky - PAD, j STRIDE + kx - PAD, first ci of co's group + ci] dy[n, i, j, co]
//
// x [N, H, W, 4 CI4] · dy [N, OH, OW, 4 CO4] · sums [PARTS, K K 4 CI4_EACH, 4 CO4], all as 4-vectors; a group of the
// convolution has CI4_EACH and CO4_EACH of them. A part is ROWS_EACH rows of dy. An invocation holds the sums of one
// part, one ky, all kx, DEPTH 4-vectors of ci and WIDTH of co, and walks the part's rows in strips of PIXELS pixels:
// per strip it reads SPAN DEPTH texels of x and PIXELS WIDTH of dy for 16 K DEPTH WIDTH PIXELS multiply-adds. Pixels
// outside the image count as zero.
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

@compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3u) {
  let across = CO4 / $(WIDTH)u;
  let deep = CI4_EACH / $(DEPTH)u;
  let co = (id.x % across) * $(WIDTH)u;
  let ci = (id.x / across % deep) * $(DEPTH)u;
  let ky = id.x / (across * deep) % $(K)u;
  let part = id.x / (across * deep * $(K)u);
  if (part >= PARTS) { return; }
  let channel = co / CO4_EACH * CI4_EACH + ci;
//#for c DEPTH
//#for k K
//#for i 4
//#for g WIDTH
  var sum$c_$k_$i_$g = vec4f();
//#end
//#end
//#end
//#end
  for (var out_row = part * ROWS_EACH; out_row < min((part + 1u) * ROWS_EACH, ROWS); out_row++) {
    let line = i32(out_row % OH) * STRIDE - PAD + i32(ky);
    if (line < 0 || line >= H) { continue; }
    let row = out_row / OH * u32(H) + u32(line);
    for (var strip = 0u; strip < STRIPS; strip++) {
      let first = strip * $(PIXELS)u;
      let left = i32(first) * STRIDE - PAD;
//#for p PIXELS
      let at$p = min(first + $pu, OW - 1u) * CO4 + co;
//#for g WIDTH
      let d$p_$g = select(vec4f(), load_dy(out_row, at$p + $gu), first + $pu < OW);
//#end
//#end
//#for s SPAN
      let col$s = u32(clamp(left + $s, 0, W - 1)) * CI4 + channel;
//#for c DEPTH
      let x$c_$s = select(vec4f(), load_x(row, col$s + $cu), left + $s >= 0 && left + $s < W);
//#end
//#end
//#for c DEPTH
//#for k K
//#for i 4
//#for g WIDTH
//#for p PIXELS
      sum$c_$k_$i_$g += x$c_$(p*STRIDE+k)[$i] * d$p_$g;
//#end
//#end
//#end
//#end
//#end
    }
  }
  let base = ((part * $(K)u + ky) * $(K)u * CI4_EACH + ci) * 4u;
//#for c DEPTH
//#for k K
//#for i 4
//#for g WIDTH
  sums[(base + $ku * CI4_EACH * 4u + $(c*4+i)u) * CO4 + co + $gu] = sum$c_$k_$i_$g;
//#end
//#end
//#end
//#end
}
