// matmul_subgroup - matrix product by register tiles, for software adapters whose subgroups have SIZE invocations.
//
//   y[m, n] = bias[n] + sum over k of a[m, k] b[k, n]
//
// Operands, and the order of each sum, are those of matmul_lane. A subgroup computes HEIGHT rows x SIZE GROUPS 4-vectors of
// columns, each invocation GROUPS of them: all need the same texels of a. Per 4 of K an invocation reads A_LOADS texels of a and
// broadcasts them, and reads 4 GROUPS texels of b itself, for 16 HEIGHT GROUPS multiply-adds. Subgroups go down all rows,
// then to the next strip of columns, so that the strip's columns of b stay in the cache. Whatever bounds a loop or a branch
// before the last store is the same in the whole subgroup; invocations beyond the last column compute it again.
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
//#include matrices

@compute @workgroup_size(64) fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = id.x / $(SIZE)u;
  let down = (M + $(HEIGHT)u - 1u) / $(HEIGHT)u;
  let strip = tile / down;
  let first = tile % down * $(HEIGHT)u;
  if (strip >= STRIPS) { return; }
//#for q A_LOADS
  let row$q = min(first + $(q*SIZE)u + lane, M - 1u);
//#end
//#for g GROUPS
  let own_col$g = strip * $(SIZE*GROUPS)u + $(g*SIZE)u + lane;
  let col$g = min(own_col$g, N4 - 1u);
//#end
//#for r HEIGHT
//#for g GROUPS
  var sum$r_$g = vec4f();
//#end
//#end
  for (var k = 0u; k < K4; k++) {
//#for q A_LOADS
    let own$q = a_at(id.z, row$q, k);
//#for l SIZE
    let a$(q*SIZE+l) = subgroupBroadcast(own$q, $lu);
//#end
//#end
//#for g GROUPS
    let p$g = b_at(id.z, k * 4u, col$g);
    let q$g = b_at(id.z, min(k * 4u + 1u, K - 1u), col$g);
    let s$g = b_at(id.z, min(k * 4u + 2u, K - 1u), col$g);
    let t$g = b_at(id.z, min(k * 4u + 3u, K - 1u), col$g);
//#for r HEIGHT
    sum$r_$g = fma(vec4f(a$r.y), q$g, fma(vec4f(a$r.x), p$g, sum$r_$g)) + fma(vec4f(a$r.w), t$g, a$r.z * s$g);
//#end
//#end
  }
//#for g GROUPS
  if (own_col$g < N4) {
//#for r HEIGHT
    if (first + $ru < M) {
      var value = sum$r_$g;
//#if BIAS
      value += load_bias(0u, col$g);
//#end
      put_y(id.z, first + $ru, col$g, value);
    }
//#end
  }
//#end
}
