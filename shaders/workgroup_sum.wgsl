// workgroup_sum - the sum of one value of each of 64 invocations, halving in a fixed order.
var<workgroup> parts: array<vec4f, 64>;

fn workgroup_sum(lane: u32, value: vec4f) -> vec4f {
  workgroupBarrier(); // the sum before this one has been read
  parts[lane] = value;
  for (var reach = 32u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) { parts[lane] += parts[lane + reach]; }
  }
  workgroupBarrier();
  return parts[0];
}
