// adamw_count - counts a step of `adamw`: c = BETA c + (1 - BETA), which is 1 - BETA^steps without its cancellation.
//
// corrections [2], c of both betas, updated · guard [8] or none, unscaled [2] or none, as in `update.wgsl`.
override BETA1: f32;
override BETA2: f32;
override CORRECTIONS: u32; // where they are in the state
//#dense state f32 update
//#if GUARDED
//#dense guard f32
//#end
//#if SCALED
//#dense unscaled f32
//#end

@compute @workgroup_size(1) fn main() {
//#if GUARDED
  if (guard[3] != 0.0) { return; }
//#end
//#if SCALED
  if (unscaled[0] == 0.0) { return; }
//#end
  state[CORRECTIONS] = BETA1 * state[CORRECTIONS] + (1.0 - BETA1);
  state[CORRECTIONS + 1u] = BETA2 * state[CORRECTIONS + 1u] + (1.0 - BETA2);
}
