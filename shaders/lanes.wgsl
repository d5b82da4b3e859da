// lanes - vectors joined, and the four lanes of one joined to a value.
const LOWEST: f32 = -3.4028234e38;

fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

fn max4(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }

// The larger values, and NaN where either is NaN: max may give the other. There neither is at least the other, and the
// sum is NaN.
fn larger(a: vec4f, b: vec4f) -> vec4f { return select(select(a + b, b, b >= a), a, a >= b); }
