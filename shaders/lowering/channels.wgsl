// channels - tells the real lanes of a matrix view's 4-vectors, for a pixel's channels may end inside its last vector.
override CHANNELS: u32;
override GROUPS: u32; // vectors of a pixel, ceil(CHANNELS / 4)

fn real(col: u32) -> vec4<bool> {
  return vec4u((col % GROUPS) * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(CHANNELS);
}

// The value, with zero in the lanes beyond the last channel.
fn only_real(col: u32, value: vec4f) -> vec4f { return select(vec4f(0.0), value, real(col)); }
