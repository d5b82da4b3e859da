// sgd - a step of stochastic gradient descent over all parameters at once.
//
//   d = gradient + WEIGHT_DECAY * parameter
//   momentum = MOMENTUM * momentum + d
//   parameter -= lr * (d + MOMENTUM * momentum if NESTEROV, else momentum)
//
// parameter, momentum, gradient [COUNT 4-vectors], flat, the first two updated · lr [] · guard [8] or none: when its
// fourth number is set, a step before this one had no finite loss, and nothing is updated.
// Reads 3n, writes 2n floats: bound by memory.
override MOMENTUM: f32;
override WEIGHT_DECAY: f32;
//#dense parameter vec4f update
//#dense momentum vec4f update
//#dense gradient vec4f
//#dense lr f32
//#if GUARD
//#dense guard f32
//#end
//#include grid

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  //#if GUARD
  if (guard[3] != 0.0) { return; }
  //#end
  let d = gradient[at] + WEIGHT_DECAY * parameter[at];
  let m = MOMENTUM * momentum[at] + d;
  momentum[at] = m;
  //#if NESTEROV
  parameter[at] -= lr[0] * (d + MOMENTUM * m);
  //#end
  //#if PLAIN
  parameter[at] -= lr[0] * m;
  //#end
}
