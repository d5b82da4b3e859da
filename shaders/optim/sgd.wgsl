// sgd - a step of stochastic gradient descent over all parameters at once.
//
//   d = gradient + decay * parameter
//   momentum = MOMENTUM * momentum + d
//   parameter -= rate * (d + MOMENTUM * momentum if NESTEROV, else momentum)
//
// parameter, momentum [COUNT 4-vectors], flat, updated; for the rest see `update.wgsl`.
// Reads 3n, writes 2n floats: bound by memory.
override MOMENTUM: f32;
//#dense parameter vec4f update
//#dense momentum vec4f update
//#include grid
//#include update

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT || stopped()) { return; }
  let group = group_of(at);
  let d = gradient_of(at) + group.decay * parameter[at];
  let m = MOMENTUM * momentum[at] + d;
  momentum[at] = m;
//#if NESTEROV
  parameter[at] -= group.rate * (d + MOMENTUM * m);
//#else
  parameter[at] -= group.rate * m;
//#end
}
