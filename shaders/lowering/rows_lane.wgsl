// rows_lane - the work on a row of a matrix [ROWS rows, COLS 4-vectors]: here one invocation takes a whole row.
//
// A kernel over rows is one text for both families. It starts with `let row = row_of(group, lane)`, visits the columns
// `for (var col = first_col(lane); col < COLS; col += STRIDE)`, joins its values with row_sum and row_max, and
// writes a value that a row has once where `leads(lane)`.
override ROWS: u32;
override COLS: u32;
override GROUPS_X: u32; // workgroups along x; a dimension takes at most 65,535, so many rows go on along y
const THREADS: u32 = 16u;
const STRIDE: u32 = 1u;

fn row_of(group: vec3u, lane: u32) -> u32 { return (group.y * GROUPS_X + group.x) * THREADS + lane; }

fn first_col(lane: u32) -> u32 { return 0u; }

fn leads(lane: u32) -> bool { return true; }

fn row_sum(lane: u32, value: f32) -> f32 { return value; }

fn row_max(lane: u32, value: f32) -> f32 { return value; }
