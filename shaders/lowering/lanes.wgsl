// lanes - joins vectors, and the four lanes of a vector to a value; exp, log and pow that keep NaN and infinities.
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

// The exponential, and NaN of NaN. SwiftShader's own is infinite there.
fn exp_of(v: vec4f) -> vec4f { return select(exp(v), v, is_nan(v)); }

// The natural logarithm, -Infinity of 0 and NaN of what is below 0 or NaN. SwiftShader's own is a number there.
fn log_of(v: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(v);
  let zero = (bits << vec4u(1u)) == vec4u();
  // Set bits make NaN or -Infinity of what is there; a shader may not write them as numbers.
  let special = bitcast<vec4f>(bits | select(vec4u(0x7fc00000u), vec4u(0xff800000u), zero));
  return select(log(v), special, zero | (bits > vec4u(0x7f800000u)));
}

// v^p: 0 or Infinity of 0 and of -Infinity, NaN of numbers below 0 and of NaN. llvmpipe's own is 0 of NaN, SwiftShader's a number of all.
fn pow_of(v: vec4f, p: f32) -> vec4f {
  let bits = bitcast<vec4u>(v);
  let zero = (bits << vec4u(1u)) == vec4u();
  let of_zero = select(0x7f800000u, 0u, p > 0.0);
  let special = bitcast<vec4f>(select(bits | vec4u(0x7fc00000u), (bits << vec4u(1u)) | vec4u(of_zero), zero));
  let far = bits == vec4u(0xff800000u);
  return select(pow(select(v, -v, far), vec4f(p)), special, !far & (zero | (bits > vec4u(0x7f800000u))));
}

// v, which is not below 0, with the sign of another value, be it that of -0.
fn signed_as(v: vec4f, other: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(v) | (bitcast<vec4u>(other) & vec4u(0x80000000u)));
}
