// accumulate - total = keep total + SHARE gradient; where keep is 0, the old total is dropped, even NaN.
//
// total [COUNT 4-vectors], flat, updated · gradient, flat · keep []. Reads 2n, writes n floats: bound by memory.
override SHARE: f32;
//#dense total vec4f update
//#dense gradient vec4f
//#dense keep f32
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  var sum = SHARE * gradient[at];
  if (keep[0] != 0.0) { sum += keep[0] * total[at]; }
  total[at] = sum;
}
