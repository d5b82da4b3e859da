// lanes - vectors joined, and the four lanes of one joined to a value.
const LOWEST: f32 = -3.4028234e38;

fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

fn max4(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }

// The larger values, and NaN where either is NaN: max may give the other. There neither is at least the other, and the
// sum is NaN.
fn larger(a: vec4f, b: vec4f) -> vec4f { return select(select(a + b, b, b >= a), a, a >= b); }

// Where x takes the place of the largest so far: it is larger, or NaN. Compilers take it that nothing differs from
// itself, so NaN is told by its bits.
fn beats(x: vec4f, largest: vec4f) -> vec4<bool> {
  return (x > largest) | ((bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}
