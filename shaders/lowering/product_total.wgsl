// product_total - second of two stages: the sums of all parts of K in their order, then the product's end.
//
// sums [PARTS, COUNT] · y, COUNT 4-vectors.
//#dense sums vec4f
//#include product_end
//#include grid
override PARTS: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  var sum = sums[at];
  for (var part = 1u; part < PARTS; part++) { sum += sums[part * COUNT + at]; }
  finish(at, sum);
}
