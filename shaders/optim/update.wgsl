// update - shared by the steps of all optimisers: the learning rate, weight decay and gradient of each parameter.
//
// gradient [COUNT 4-vectors], flat · lr [] · guard [8] or none: its fourth number is set once a step had no finite
// loss, and then nothing is updated · groups [COUNT / 16] or none: factor of lr and weight decay of every 64 words ·
// unscaled [2] or none: the factor that undoes a scale of the loss, 0 where nothing is updated, and the norm after it ·
// norm [] or none: where it is above CLIP, gradients are scaled down to a norm of CLIP.
//#dense gradient vec4f
//#dense lr f32
//#if GUARDED
//#dense guard f32
fn failed() -> bool { return guard[3] != 0.0; }
//#else
fn failed() -> bool { return false; }
//#end
struct Group { rate: f32, decay: f32 }
//#if GROUPED
//#dense groups vec2f
fn group_of(at: u32) -> Group { return Group(lr[0] * groups[at / 16u].x, groups[at / 16u].y); }
//#else
override DECAY: f32;
fn group_of(at: u32) -> Group { return Group(lr[0], DECAY); }
//#end
//#if SCALED
//#dense unscaled f32
fn stopped() -> bool { return failed() || unscaled[0] == 0.0; }
fn whole_gradient_of(at: u32) -> vec4f { return gradient[at] * unscaled[0]; }
fn norm_of() -> f32 { return unscaled[1]; }
//#else
fn stopped() -> bool { return failed(); }
fn whole_gradient_of(at: u32) -> vec4f { return gradient[at]; }
//#if CLIPPED
//#dense norm f32
fn norm_of() -> f32 { return norm[0]; }
//#end
//#end
//#if CLIPPED
override CLIP: f32;
fn gradient_of(at: u32) -> vec4f { return whole_gradient_of(at) * min(1.0, CLIP / (norm_of() + 1e-6)); }
//#else
fn gradient_of(at: u32) -> vec4f { return whole_gradient_of(at); }
//#end
