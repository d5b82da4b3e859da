// rows - the work on a row of a matrix [ROWS rows, COLS 4-vectors]: here one workgroup takes a row.
//
// The same names as in `rows_lane.wgsl`. The invocations share the columns and meet in workgroup memory, halving in a
// fixed order; row_sum and row_max have to be reached by all of them.
override ROWS: u32;
override COLS: u32;
override GROUPS_X: u32;
const THREADS: u32 = 64u;
const STRIDE: u32 = 64u;

struct Row { index: u32, first: u32, lane: u32 }

fn row_of(group: vec3u, lane: u32) -> Row { return Row(group.y * GROUPS_X + group.x, lane, lane); }

fn row_leads(row: Row) -> bool { return row.lane == 0u; }

var<workgroup> shares: array<f32, THREADS>;

fn row_sum(row: Row, value: f32) -> f32 {
  workgroupBarrier(); // the result before this one has been read
  shares[row.lane] = value;
  for (var reach = THREADS / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (row.lane < reach) { shares[row.lane] += shares[row.lane + reach]; }
  }
  workgroupBarrier();
  return shares[0];
}

fn row_max(row: Row, value: f32) -> f32 {
  workgroupBarrier();
  shares[row.lane] = value;
  for (var reach = THREADS / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (row.lane < reach) { shares[row.lane] = max(shares[row.lane], shares[row.lane + reach]); }
  }
  workgroupBarrier();
  return shares[0];
}
