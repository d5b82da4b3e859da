// workgroup_sum - the sum of one value of each of 64 invocations, halving in a fixed order. With APART, a power of two,
// there are APART sums, and each sum joins the invocations that are a multiple of APART from one another.
override APART: u32 = 1u;
var<workgroup> parts: array<vec4f, 64>;

fn workgroup_sum(lane: u32, value: vec4f) -> vec4f {
  workgroupBarrier(); // the sum before this one has been read
  parts[lane] = value;
  for (var reach = 32u; reach >= APART; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) { parts[lane] += parts[lane + reach]; }
  }
  workgroupBarrier();
  return parts[lane % APART];
}
