// channel_part - how 64 invocations share LENGTH of a tensor's PIXELS, to reduce them channel by channel.
//
// THREADS_X invocations (a power of two) share a pixel, each with a 4-vector of channels, and the next THREADS_X take
// the next pixel, so that an invocation takes every (64 / THREADS_X)-th pixel of its workgroup's part.
// `workgroup_sum.wgsl` with APART = THREADS_X joins the sums of a workgroup.
override PIXELS: u32;
override WIDTH: u32; // pixels of a row of the matrix view
override GROUPS: u32; // 4-vectors of a pixel
override LENGTH: u32;
override THREADS_X: u32;

struct Share {
  channels: u32, // index of its 4-vector in a pixel; beyond the last, the last again
  start: u32,    // first pixel
  step: u32,
  end: u32,      // of the part
  count: f32,    // pixels of the part
  leads: bool,   // writes the part's sums
}

fn share_of(group: vec3u, lane: u32) -> Share {
  let first = group.x * LENGTH;
  let end = min(first + LENGTH, PIXELS);
  let own = group.y * THREADS_X + lane % THREADS_X;
  let leads = lane < THREADS_X && own < GROUPS;
  return Share(min(own, GROUPS - 1u), first + lane / THREADS_X, 64u / THREADS_X, end, f32(end - first), leads);
}
