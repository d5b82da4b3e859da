// rows - the work on a row of a matrix [ROWS rows, COLS 4-vectors]: here one invocation takes a whole row.
//
// A kernel over rows is one text for both families. It starts with `let row = row_of(group, lane)`, visits the columns
// `for (var col = row.first; col < COLS; col += STRIDE)`, and joins what it found with row_sum and row_max.
override ROWS: u32;
override COLS: u32;
override GROUPS_X: u32; // workgroups along x; a dimension takes at most 65,535, so many rows go on along y
const THREADS: u32 = 16u;
const STRIDE: u32 = 1u;

struct Row { index: u32, first: u32, lane: u32 }

fn row_of(group: vec3u, lane: u32) -> Row {
  return Row((group.y * GROUPS_X + group.x) * THREADS + lane, 0u, lane);
}

// Whether this invocation writes what there is one of per row.
fn row_leads(row: Row) -> bool { return true; }

fn row_sum(row: Row, value: f32) -> f32 { return value; }

fn row_max(row: Row, value: f32) -> f32 { return value; }
