// moments_of - mean and biased variance of the channels of a 4-vector, from moments [2, C].
struct Moments { mean: vec4f, variance: vec4f }

fn moments_of(c: u32) -> Moments { return Moments(load_moments(0u, c), load_moments(1u, c)); }
