// matmul_tile - matrix product over tiles in workgroup memory, for GPUs.
//
//   y[m, n] = bias[n] + sum over k of a[m, k] b[k, n]
//
// a [M, K] · b [K, N] · bias [N] · y [M, N], all as 4-vectors, or without bias a batch of each.
// A workgroup of 64 computes TILE_ROWS rows x ACROSS 4-vectors of columns, 4 of K at a time; each invocation holds
// MINE rows x one 4-vector.
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

var<workgroup> left: array<vec4f, $(TILE_ROWS)>;
var<workgroup> right: array<vec4f, $(ACROSS*4)>;

@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) mine: u32) {
  let batch = group.z / LAYERS;
  let first = ((group.z % LAYERS) * groups.y + group.y) * $(TILE_ROWS)u;
  let across = mine % $(ACROSS)u;
  let down = mine / $(ACROSS)u;
  let col = group.x * $(ACROSS)u + across;
//#for r MINE
  var sum$r = vec4f();
//#end
  for (var k = 0u; k < K4; k++) {
    if (mine < $(TILE_ROWS)u) {
      var value = vec4f();
      if (first + mine < M) { value = a_at(batch, first + mine, k); }
      left[mine] = value;
    }
    if (mine < $(ACROSS*4)u) {
      let b_col = group.x * $(ACROSS)u + mine % $(ACROSS)u;
      let b_row = k * 4u + mine / $(ACROSS)u;
      var value = vec4f();
      if (b_col < N4 && b_row < K) { value = b_at(batch, b_row, b_col); }
      right[mine] = value;
    }
    workgroupBarrier();
    let p = right[across];
    let q = right[$(ACROSS)u + across];
    let s = right[$(ACROSS*2)u + across];
    let t = right[$(ACROSS*3)u + across];
//#for r MINE
    let a$r = left[$(DOWN*r)u + down];
    sum$r += a$r.x * p + a$r.y * q + a$r.z * s + a$r.w * t;
//#end
    workgroupBarrier();
  }
  if (col >= N4) { return; }
//#for r MINE
  {
    let row = first + $(DOWN*r)u + down;
    if (row < M) {
      var value = sum$r;
//#if BIAS
      value += load_bias(0u, col);
//#end
      put_y(batch, row, col, value);
    }
  }
//#end
}
