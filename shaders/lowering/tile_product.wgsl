// tile_product - a matrix product over tiles in workgroup memory, for GPUs; products and convolutions include it.
//
//   sum[row, col] = sum over k of left[row, k] right[k, col]
//
// The kernel that includes it says what is multiplied:
//
//   Row, row_of(which, row)          what an invocation keeps of a row that it stages
//   Deep, deep_of(k)                 the same of a place along K; k counts 4-vectors
//   fetch_left(row, deep)            four values of a row along K, zero beyond the edges
//   fetch_right(which, k, col)       four columns of a row k of `right`, zero beyond the edges
//   place_of(which, row, col)        4-vector of the result
//   finish(place, sum)               stores a sum; with SPLIT, `sums` takes it
//
// A workgroup of THREADS computes TILE_ROWS rows x TILE_COLS 4-vectors of columns. While it multiplies 4 DEPTH of K in
// one half of its memory, its loads of the next 4 DEPTH are under way; they go to the other half, so that a step has one
// barrier. An invocation holds THREAD_ROWS rows x THREAD_COLS 4-vectors: 4 (THREAD_ROWS + 4 THREAD_COLS) numbers from
// workgroup memory for 16 THREAD_ROWS THREAD_COLS multiply-adds. Neighbours stage DEPTH neighbouring 4-vectors of a row,
// whole sectors of memory; `row ^ deep SWIZZLE` keeps their stores, and all loads, free of bank conflicts.
// Every sum goes up K in the same order and by fma, whatever the tile, so that no compiler joins other products and sums
// in one tile than in another. With SPLIT, K is cut into parts of PART 4-vectors, whatever the tile too, and a second stage
// adds their sums.
override ROWS: u32;    // of one of the products
override COLS: u32;
override INNER: u32;   // 4-vectors of K
override LAYERS: u32;  // workgroups along z for the rows of one product
override BATCHES: u32; // products along z
override PART: u32;
override COUNT: u32;   // 4-vectors of the result

var<workgroup> left: array<array<array<vec4f, $(TILE_ROWS)>, $(DEPTH)>, 2>;
var<workgroup> right: array<array<array<vec4f, $(TILE_COLS)>, $(DEPTH*4)>, 2>;

@compute @workgroup_size($(THREADS)) fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  // Tiles of columns do not cross the products along x.
  let tiles = (COLS + $(TILE_COLS)u - 1u) / $(TILE_COLS)u;
  let which = group.x / tiles + group.z / LAYERS % BATCHES;
  let first_row = (group.z % LAYERS * groups.y + group.y) * $(TILE_ROWS)u;
  let first_col = group.x % tiles * $(TILE_COLS)u;
  let part = group.z / LAYERS / BATCHES;
  let begin = part * PART;
  let end = min(begin + PART, INNER);
  // The invocation stages some rows at one place along K, one 4-vector of columns at some places.
  let deep = thread % $(DEPTH)u;
  let across = thread % $(TILE_COLS)u;
//#for l ROW_LOADS
  let top$l = (thread + $(l*THREADS)u) / $(DEPTH)u;
  let row$l = row_of(which, first_row + top$l);
  var next_left$l = vec4f();
//#end
//#for l COL_LOADS
  let down$l = (thread + $(l*THREADS)u) / $(TILE_COLS)u;
  var next_right$l = vec4f();
//#end
  // It computes rows THREADS_Y apart, columns THREADS_X apart.
//#include places
//#for r THREAD_ROWS
//#for w THREAD_COLS
  var sum$r_$w = vec4f();
//#end
//#end
  // One round more than steps: a round loads a step, multiplies the step before, and stores what it loaded.
  var half = 0u;
  for (var k = begin; k < end + $(DEPTH)u; k += $(DEPTH)u) {
    if (k < end) {
      let at = deep_of(k + deep);
//#for l ROW_LOADS
      next_left$l = fetch_left(row$l, at);
//#end
//#for l COL_LOADS
      next_right$l = fetch_right(which, k * 4u + down$l, first_col + across);
//#end
    }
    if (k > begin) {
      let full = half ^ 1u;
      for (var d = 0u; d < $(DEPTH)u; d++) {
        let turn = d * $(SWIZZLE)u;
//#for w THREAD_COLS
        let p$w = right[full][d * 4u][$(w*THREADS_X)u + x];
        let q$w = right[full][d * 4u + 1u][$(w*THREADS_X)u + x];
        let s$w = right[full][d * 4u + 2u][$(w*THREADS_X)u + x];
        let t$w = right[full][d * 4u + 3u][$(w*THREADS_X)u + x];
//#end
//#for r THREAD_ROWS
        let a$r = left[full][d][($(r*THREADS_Y)u + y) ^ turn];
//#for w THREAD_COLS
        sum$r_$w = fma(vec4f(a$r.x), p$w, sum$r_$w);
        sum$r_$w = fma(vec4f(a$r.y), q$w, sum$r_$w);
        sum$r_$w = fma(vec4f(a$r.z), s$w, sum$r_$w);
        sum$r_$w = fma(vec4f(a$r.w), t$w, sum$r_$w);
//#end
//#end
      }
    }
    if (k < end) {
//#for l ROW_LOADS
      if (top$l < $(TILE_ROWS)u) { left[half][deep][top$l ^ (deep * $(SWIZZLE)u)] = next_left$l; }
//#end
//#for l COL_LOADS
      if (down$l < $(DEPTH*4)u) { right[half][down$l][across] = next_right$l; }
//#end
    }
    workgroupBarrier();
    half ^= 1u;
  }
//#for r THREAD_ROWS
//#for w THREAD_COLS
  {
    let row = first_row + $(r*THREADS_Y)u + y;
    let col = first_col + $(w*THREADS_X)u + x;
    if (row < ROWS && col < COLS) {
      let place = place_of(which, row, col);
//#if SPLIT
      sums[part * COUNT + place] = sum$r_$w;
//#else
      finish(place, sum$r_$w);
//#end
    }
  }
//#end
//#end
}
