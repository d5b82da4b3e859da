// adamw_count - counts a step of `adamw`: c = BETA c + (1 - BETA), which is 1 - BETA^steps without its cancellation.
//
// corrections [2], c of both betas, updated · guard [8] or none, unscaled [2] or none, as in `update.wgsl`.
override BETA1: f32;
override BETA2: f32;
//#dense corrections f32 update
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
  corrections[0] = BETA1 * corrections[0] + (1.0 - BETA1);
  corrections[1] = BETA2 * corrections[1] + (1.0 - BETA2);
}
