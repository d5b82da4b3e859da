// lanes - the four lanes of a vector joined to one value.
const LOWEST: f32 = -3.4028234e38;

fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

fn max4(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
