// product_total - second of two stages: the sums of all parts of K, then the product's end.
//
// sums [PARTS, COUNT] · y, COUNT 4-vectors. SLICES invocations share a 4-vector: each adds every SLICES-th part, then one
// adds their sums. The order is fixed.
//#dense sums vec4f
//#include product_end
override PARTS: u32;
override COUNT: u32;
override BAND: u32; // 4-vectors of a row of workgroups, of which a dimension takes at most 65,535

var<workgroup> shares: array<vec4f, 64>;

@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let own = thread % $(ACROSS)u;
  let at = group.y * BAND + group.x * $(ACROSS)u + own;
  var sum = vec4f();
  if (at < COUNT) {
    for (var part = thread / $(ACROSS)u; part < PARTS; part += $(SLICES)u) { sum += sums[part * COUNT + at]; }
  }
//#if TOGETHER
  shares[thread] = sum;
  workgroupBarrier();
  if (thread != own) { return; }
  for (var slice = 1u; slice < $(SLICES)u; slice++) { sum += shares[slice * $(ACROSS)u + own]; }
//#end
  if (at < COUNT) { finish(at, sum); }
}
