// move_estimates - moves the running estimates of four channels of a batch norm towards the batch's moments, in place.
//
//   mean = (1 - MOMENTUM) mean + MOMENTUM batch's mean
//   variance = (1 - MOMENTUM) variance + MOMENTUM UNBIASED batch's variance
//
// running_mean, running_variance [CHANNELS] f32, dense · UNBIASED = n / (n - 1) for n values of a channel.
//#dense running_mean f32 update
//#dense running_variance f32 update
override CHANNELS: u32;
override MOMENTUM: f32;
override UNBIASED: f32;

fn move_estimates(group: u32, mean: vec4f, variance: vec4f) {
  let value = MOMENTUM * mean;
  let spread = MOMENTUM * UNBIASED * variance;
  for (var lane = 0u; lane < min(4u, CHANNELS - group * 4u); lane++) {
    let c = group * 4u + lane;
    running_mean[c] = (1.0 - MOMENTUM) * running_mean[c] + value[lane];
    running_variance[c] = (1.0 - MOMENTUM) * running_variance[c] + spread[lane];
  }
}
