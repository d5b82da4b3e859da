// grid - one invocation per 4-vector of a matrix view [COUNT / COLS rows, COLS].
//
// A dimension takes at most 65,535 workgroups, so long matrices are cut into bands along y.
override COLS: u32;
override COUNT: u32;
override BAND: u32;

fn index_of(id: vec3u) -> u32 { return id.y * BAND + id.x; }
