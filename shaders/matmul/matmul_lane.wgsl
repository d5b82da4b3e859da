// matmul_lane - matrix product by register tiles, for software adapters.
//
//   y[m, n] = bias[n] + sum over k of a[m, k] b[k, n]
//
// a [M, K] · b [K, N] · bias [N] · y [M, N], all as 4-vectors, or without bias a batch of each, along z.
// An invocation computes HEIGHT rows x GROUPS 4-vectors of columns; per 4 of K it reads HEIGHT texels of a and 4 GROUPS
// texels of b for 16 HEIGHT GROUPS multiply-adds. Each sum is kept in two halves, so that neither waits for the other.
// The loop has K4 iterations; under llvmpipe's budget of 65,535 iterations K may be up to 262,000. Invocations go
// ACROSS strips of columns, then down all rows, then to the next strips, so that b's columns of 8 strips stay in the
// cache for all rows. b has no row beyond K: a is zero there, and the row of b is clamped.
//#vec4 a
//#vec4 b
//#if BIAS
//#vec4 bias
//#end
//#vec4 y write
override M: u32;
override K4: u32;
override K: u32;
override N4: u32;
override STRIPS: u32;
override ACROSS: u32;
//#include matrices

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let down = (M + $(HEIGHT)u - 1u) / $(HEIGHT)u;
  let strip = id.x / (ACROSS * down) * ACROSS + id.x % ACROSS;
  let first = id.x / ACROSS % down * $(HEIGHT)u;
  let col = strip * $(GROUPS)u;
  if (strip >= STRIPS) { return; }
//#for r HEIGHT
  let row$r = min(first + $ru, M - 1u);
//#for g GROUPS
  var sum$r_$g = vec4f();
//#end
//#end
  for (var k = 0u; k < K4; k++) {
//#for r HEIGHT
    let a$r = a_at(id.z, row$r, k);
//#end
//#for g GROUPS
    let p$g = b_at(id.z, k * 4u, col + $gu);
    let q$g = b_at(id.z, min(k * 4u + 1u, K - 1u), col + $gu);
    let s$g = b_at(id.z, min(k * 4u + 2u, K - 1u), col + $gu);
    let t$g = b_at(id.z, min(k * 4u + 3u, K - 1u), col + $gu);
//#for r HEIGHT
    sum$r_$g = fma(vec4f(a$r.y), q$g, fma(vec4f(a$r.x), p$g, sum$r_$g)) + fma(vec4f(a$r.w), t$g, a$r.z * s$g);
//#end
//#end
  }
//#for r HEIGHT
  if (first + $ru < M) {
//#for g GROUPS
    {
      var value = sum$r_$g;
//#if BIAS
      value += load_bias(0u, col + $gu);
//#end
      put_y(id.z, first + $ru, col + $gu, value);
    }
//#end
  }
//#end
}
