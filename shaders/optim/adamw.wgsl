// adamw - a step of Adam with decoupled weight decay over all parameters at once.
//
//   m = BETA1 m + (1 - BETA1) g,   v = BETA2 v + (1 - BETA2) g^2
//   parameter = (1 - rate decay) parameter - rate (m / c1) / (sqrt(v / c2) + EPS)
//
// parameter, mean (m), square (v) [COUNT 4-vectors], flat, updated · corrections: (c1, c2) = 1 - BETA^steps of the steps
// before, which `adamw_count` moves on after this dispatch · for the rest see `update.wgsl`. The three after parameter
// are parts of one buffer, which kernels may bind for writing only, even what they read.
// Reads 4n, writes 3n floats: bound by memory.
override BETA1: f32;
override BETA2: f32;
override EPS: f32;
//#dense parameter vec4f update
//#dense mean vec4f update
//#dense square vec4f update
//#dense corrections vec4f update
//#include grid
//#include update

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT || stopped()) { return; }
  let group = group_of(at);
  let g = gradient_of(at);
  let m = BETA1 * mean[at] + (1.0 - BETA1) * g;
  let v = BETA2 * square[at] + (1.0 - BETA2) * g * g;
  mean[at] = m;
  square[at] = v;
  let c1 = BETA1 * corrections[0].x + (1.0 - BETA1);
  let c2 = BETA2 * corrections[0].y + (1.0 - BETA2);
  let step = m / (c1 * (sqrt(v / c2) + EPS));
  parameter[at] = (1.0 - group.rate * group.decay) * parameter[at] - group.rate * step;
}
