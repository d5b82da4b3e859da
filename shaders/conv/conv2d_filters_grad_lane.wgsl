// conv2d_filters_grad_lane - first of two stages, by register tiles, for software adapters.
//
//   sums[part, (ky K + kx) 4 CI4_EACH + ci, co] = sum over the part's n, i, j of
//       x[n, i STRIDE + ky - PAD, j STRIDE + kx - PAD, first ci of co's group + ci] dy[n, i, j, co]
//
// x [N, H, W, 4 CI4] · dy [N, OH, OW, 4 CO4] · sums [PARTS, K K 4 CI4_EACH, 4 CO4], all as 4-vectors; a group of the
// convolution has CI4_EACH and CO4_EACH of them. A part is ROWS_EACH rows of dy. An invocation holds the sums of one
// part, one ky, all kx, DEPTH 4-vectors of ci and WIDTH of co, and walks the part's rows in strips of PIXELS pixels:
// per strip it reads SPAN DEPTH texels of x and PIXELS WIDTH of dy for 16 K DEPTH WIDTH PIXELS multiply-adds.
// One loop over the strips of the rows whose window is inside the image, tested at its end: a software adapter runs a
// loop once more with all lanes off to find out that it is over, a fifth of a row of four strips.
// Only the first HEAD and the last TAIL of the SPAN columns may lie outside the image; they count as zero.
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

fn column(j: i32) -> u32 { return u32(clamp(j, 0, W - 1)) * CI4; }

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
//#for p PIXELS
//#for g WIDTH
//#if WHOLE
      let d$p_$g = load_dy(out_row, (first + $pu) * CO4 + co + $gu);
//#else
      let d$p_$g = select(vec4f(), load_dy(out_row, min(first + $pu, OW - 1u) * CO4 + co + $gu), first + $pu < OW);
//#end
//#end
//#end
//#for s HEAD
      let col$s = column(left + $s) + channel;
      let inside$s = left + $s >= 0 && left + $s < W;
//#for c DEPTH
      let x$c_$s = select(vec4f(), load_x(row, col$s + $cu), inside$s);
//#end
//#end
//#for s BODY
      let col$(s+HEAD) = u32(left + $(s+HEAD)) * CI4 + channel;
//#for c DEPTH
      let x$c_$(s+HEAD) = load_x(row, col$(s+HEAD) + $cu);
//#end
//#end
//#for s TAIL
      let col$(s+HEAD+BODY) = column(left + $(s+HEAD+BODY)) + channel;
      let inside$(s+HEAD+BODY) = left + $(s+HEAD+BODY) >= 0 && left + $(s+HEAD+BODY) < W;
//#for c DEPTH
      let x$c_$(s+HEAD+BODY) = select(vec4f(), load_x(row, col$(s+HEAD+BODY) + $cu), inside$(s+HEAD+BODY));
//#end
//#end
//#for c DEPTH
//#for k K
//#for i 4
//#for g WIDTH
//#for p PIXELS
      sum$c_$k_$i_$g = fma(vec4f(x$c_$(p*STRIDE+k)[$i]), d$p_$g, sum$c_$k_$i_$g);
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
  sums[(base + $ku * CI4_EACH * 4u + $(c*4+i)u) * CO4 + co + $gu] = sum$c_$k_$i_$g;
//#end
//#end
//#end
//#end
}
