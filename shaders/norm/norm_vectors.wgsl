// norm_vectors - a batch norm by mean and biased variance, its factor gamma and its shift beta.
//
// The norm and its gradients share this text, so that they agree on which results are positive.
override EPS: f32;

struct Norm { mean: vec4f, factor: vec4f, beta: vec4f }

fn norm_of(c: u32, moments: Moments) -> Norm {
  return Norm(moments.mean, load_gamma(0u, c) / sqrt(moments.variance + EPS), load_beta(0u, c));
}

fn normalise(norm: Norm, x: vec4f) -> vec4f { return (x - norm.mean) * norm.factor + norm.beta; }
