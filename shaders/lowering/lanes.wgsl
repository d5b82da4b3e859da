// lanes - joins vectors, and the four lanes of a vector to a value.
const LOWEST: f32 = -3.4028234e38;

fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

fn max4(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }

// Compilers may assume there are no NaNs (x == x, and a >= b or b >= a), so NaN is detected by its bits.
fn is_nan(v: vec4f) -> vec4<bool> { return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u); }

// The larger values, and NaN where either is NaN. max may give the value that is not NaN.
fn larger(a: vec4f, b: vec4f) -> vec4f { return select(b, a, is_nan(a) | ((a >= b) & !is_nan(b))); }

// The largest of the four, NaN where one is.
fn largest4(v: vec4f) -> f32 {
  let pair = larger(v, v.zwxy);
  return larger(pair, pair.yxwz).x;
}

// True where x is larger than the largest so far, or NaN, and so takes its place.
fn beats(x: vec4f, largest: vec4f) -> vec4<bool> { return (x > largest) | is_nan(x); }
