// norm_vectors - a batch norm by moments [2, C]: mean and biased variance, its factor gamma and its shift beta.
//
// The norm and its gradients share this text, so that they agree on which results are positive.
override EPS: f32;

struct Norm { mean: vec4f, factor: vec4f, beta: vec4f }

fn norm_of(c: u32) -> Norm {
  return Norm(load_moments(0u, c), load_gamma(0u, c) / sqrt(load_moments(1u, c) + EPS), load_beta(0u, c));
}

fn normalise(norm: Norm, x: vec4f) -> vec4f { return (x - norm.mean) * norm.factor + norm.beta; }
