// channel_mean_total - second of two stages: y[c] = FACTOR * sum over parts of sums[part, c].
//
// sums [PARTS, C] · y [C], as 4-vectors. The order is fixed.
//#dense sums vec4f
//#vec4 y write
override GROUPS: u32;
override PARTS: u32;
override FACTOR: f32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= GROUPS) { return; }
  var sum = vec4f();
  for (var part = 0u; part < PARTS; part++) { sum += sums[part * GROUPS + id.x]; }
  store_y(0u, id.x, sum * FACTOR);
}
