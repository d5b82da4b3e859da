// rows_tile - the work on a row of a matrix [ROWS rows, COLS 4-vectors]: here one workgroup takes a row.
//
// It has the names of `rows_lane.wgsl`. The invocations share the columns and join their values in workgroup memory,
// halving in a fixed order, so that all invocations have to reach row_sum and row_max. Takes `lanes.wgsl` beside it.
override ROWS: u32;
override COLS: u32;
override GROUPS_X: u32;
const THREADS: u32 = 64u;
const STRIDE: u32 = 64u;

fn row_of(group: vec3u, lane: u32) -> u32 { return group.y * GROUPS_X + group.x; }

fn first_col(lane: u32) -> u32 { return lane; }

fn leads(lane: u32) -> bool { return lane == 0u; }

var<workgroup> shares: array<f32, THREADS>;

fn row_sum(lane: u32, value: f32) -> f32 {
  workgroupBarrier(); // the result before this one has been read
  shares[lane] = value;
  for (var reach = THREADS / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) { shares[lane] += shares[lane + reach]; }
  }
  workgroupBarrier();
  return shares[0];
}

fn row_max(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  shares[lane] = value;
  for (var reach = THREADS / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) {
      shares[lane] = larger(vec4f(shares[lane]), vec4f(shares[lane + reach])).x;
    }
  }
  workgroupBarrier();
  return shares[0];
}
