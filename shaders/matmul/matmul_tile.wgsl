// matmul_tile - matrix product over tiles in workgroup memory, for GPUs.
//
//   y[m, n] = bias[n] + sum over k of a[m, k] b[k, n]
//
// a [M, K] · b [K, N] · bias [N] · y [M, N], all as 4-vectors, or without bias a batch of each.
// A workgroup of THREADS computes TILE_ROWS rows x TILE_COLS 4-vectors of columns, 4 DEPTH of K at a time; each invocation
// holds THREAD_ROWS rows x THREAD_COLS 4-vectors. Every sum goes up K in the same order and by fma, whatever the tile, so
// that no compiler joins other products and sums in one tile than in another.
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
override LAYERS: u32; // workgroups along z for one product
//#include matrices

var<workgroup> left: array<vec4f, $(TILE_ROWS*DEPTH)>;
var<workgroup> right: array<vec4f, $(TILE_COLS*DEPTH*4)>;

@compute @workgroup_size($(THREADS)) fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let batch = group.z / LAYERS;
  let first = ((group.z % LAYERS) * groups.y + group.y) * $(TILE_ROWS)u;
  let first_col = group.x * $(TILE_COLS)u;
  let thread_x = thread % $(THREADS_X)u;
  let thread_y = thread / $(THREADS_X)u;
//#for r THREAD_ROWS
//#for w THREAD_COLS
  var sum$r_$w = vec4f();
//#end
//#end
  for (var k = 0u; k < K4; k += $(DEPTH)u) {
//#for l ROW_LOADS
    {
      let e = thread + $(l*THREADS)u;
      let row = e / $(DEPTH)u;
      let deep = e % $(DEPTH)u;
      if (row < $(TILE_ROWS)u) {
        var value = vec4f();
        if (first + row < M) { value = a_at(batch, first + row, k + deep); }
        left[deep * $(TILE_ROWS)u + row] = value;
      }
    }
//#end
//#for l COL_LOADS
    {
      let e = thread + $(l*THREADS)u;
      if (e < $(TILE_COLS*DEPTH*4)u) {
        let b_col = first_col + e % $(TILE_COLS)u;
        let b_row = k * 4u + e / $(TILE_COLS)u;
        var value = vec4f();
        if (b_col < N4 && b_row < K) { value = b_at(batch, b_row, b_col); }
        right[e] = value;
      }
    }
//#end
    workgroupBarrier();
//#for d DEPTH
    {
//#for w THREAD_COLS
      let p$w = right[$(d*TILE_COLS*4+w*THREADS_X)u + thread_x];
      let q$w = right[$(d*TILE_COLS*4+TILE_COLS+w*THREADS_X)u + thread_x];
      let s$w = right[$(d*TILE_COLS*4+TILE_COLS*2+w*THREADS_X)u + thread_x];
      let t$w = right[$(d*TILE_COLS*4+TILE_COLS*3+w*THREADS_X)u + thread_x];
//#end
//#for r THREAD_ROWS
      let a$r = left[$(d*TILE_ROWS+r*THREADS_Y)u + thread_y];
//#for w THREAD_COLS
      sum$r_$w = fma(vec4f(a$r.x), p$w, sum$r_$w);
      sum$r_$w = fma(vec4f(a$r.y), q$w, sum$r_$w);
      sum$r_$w = fma(vec4f(a$r.z), s$w, sum$r_$w);
      sum$r_$w = fma(vec4f(a$r.w), t$w, sum$r_$w);
//#end
//#end
    }
//#end
    workgroupBarrier();
  }
//#for r THREAD_ROWS
//#for w THREAD_COLS
  {
    let row = first + $(r*THREADS_Y)u + thread_y;
    let col = first_col + $(w*THREADS_X)u + thread_x;
    if (row < M && col < N4) {
      var value = sum$r_$w;
//#if BIAS
      value += load_bias(0u, col);
//#end
      put_y(batch, row, col, value);
    }
  }
//#end
//#end
}
