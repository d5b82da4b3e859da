// rows_tile - the work on a row of a matrix [ROWS rows, COLS 4-vectors]: here one workgroup takes a row.
//
// It has the names of `rows_lane.wgsl`. The invocations share the columns and join their values in the order of
// `workgroup_join.wgsl`, so that all invocations have to reach row_sum and row_max. Takes `lanes.wgsl` beside it.
override ROWS: u32;
override COLS: u32;
override GROUPS_X: u32;
const THREADS: u32 = 64u;
const STRIDE: u32 = 64u;

fn row_of(group: vec3u, lane: u32) -> u32 { return group.y * GROUPS_X + group.x; }

fn first_col(lane: u32) -> u32 { return lane; }

fn leads(lane: u32) -> bool { return lane == 0u; }

alias Value = f32;

fn join(a: f32, b: f32, most: bool) -> f32 {
  if (most) { return larger(vec4f(a), vec4f(b)).x; }
  return a + b;
}

//#include workgroup_join

fn row_sum(lane: u32, value: f32) -> f32 { return workgroup_join(lane, value, false); }

fn row_max(lane: u32, value: f32) -> f32 { return workgroup_join(lane, value, true); }
