// adamw - a step of Adam with decoupled weight decay over all parameters at once.
//
//   m = BETA1 m + (1 - BETA1) g,   v = BETA2 v + (1 - BETA2) g^2
//   parameter = (1 - rate decay) parameter - rate (m / c1) / (sqrt(v / c2) + EPS)
//
// parameter [COUNT 4-vectors], flat, updated · state [2 COUNT + 1 4-vectors]: m, v, and (c1, c2) = 1 - BETA^steps of the
// steps before, which `adamw_count` moves on after this dispatch · for the rest see `update.wgsl`.
// Reads 4n, writes 3n floats: bound by memory.
override BETA1: f32;
override BETA2: f32;
override EPS: f32;
//#dense parameter vec4f update
//#dense state vec4f update
//#include grid
//#include update

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT || stopped()) { return; }
  let group = group_of(at);
  let g = gradient_of(at);
  let m = BETA1 * state[at] + (1.0 - BETA1) * g;
  let v = BETA2 * state[COUNT + at] + (1.0 - BETA2) * g * g;
  state[at] = m;
  state[COUNT + at] = v;
  let c1 = BETA1 * state[2u * COUNT].x + (1.0 - BETA1);
  let c2 = BETA2 * state[2u * COUNT].y + (1.0 - BETA2);
  let step = m / (c1 * (sqrt(v / c2) + EPS));
  parameter[at] = (1.0 - group.rate * group.decay) * parameter[at] - group.rate * step;
}
