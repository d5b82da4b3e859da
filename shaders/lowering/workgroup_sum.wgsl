// workgroup_sum - the sum of one value of each of 64 invocations, in the order of `workgroup_join.wgsl`; with APART there are
// APART sums.
alias Value = vec4f;

fn join(a: vec4f, b: vec4f, most: bool) -> vec4f { return a + b; }

//#include workgroup_join

fn workgroup_sum(lane: u32, value: vec4f) -> vec4f { return workgroup_join(lane, value, false); }
