// running_moments - moves the running estimates of a batch norm towards the batch's moments, in place.
//
//   mean = (1 - MOMENTUM) mean + MOMENTUM moments[0]
//   variance = (1 - MOMENTUM) variance + MOMENTUM UNBIASED moments[1]
//
// mean, variance [C] f32, dense · moments [2, C], as 4-vectors · UNBIASED = n / (n - 1) for n values of a channel.
//#dense mean f32 update
//#dense variance f32 update
//#vec4 moments
override CHANNELS: u32;
override MOMENTUM: f32;
override UNBIASED: f32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x * 4u >= CHANNELS) { return; }
  let value = MOMENTUM * load_moments(0u, id.x);
  let spread = MOMENTUM * UNBIASED * load_moments(1u, id.x);
  for (var lane = 0u; lane < min(4u, CHANNELS - id.x * 4u); lane++) {
    let c = id.x * 4u + lane;
    mean[c] = (1.0 - MOMENTUM) * mean[c] + value[lane];
    variance[c] = (1.0 - MOMENTUM) * variance[c] + spread[lane];
  }
}
