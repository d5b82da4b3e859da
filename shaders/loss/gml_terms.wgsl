// gml_terms - the numbers of each sample that the GML loss and its gradient need, from the sums over its class.
//
//   p_i = clamp(exp(-nll[i]), LEAST, 1)        S = sum of p_j and n = number of j over the samples j of i's class
//   terms[i] = (p_i / S, or 0 where exp(-nll[i]) < LEAST;  -log(S / n) and 1, or 0 and 0, if i is its class's first;  0)
//
// nll [B] · labels [B] u32 · terms [B, 4], written whole.
// An invocation compares four samples with all samples, in order. It needs no atomics and no table of classes, however
// many classes there are. It takes B / 4 steps, so that B stays below 260,000 on llvmpipe.
override BATCH: u32;
override LEAST: f32; // smallest probability
//#dense nll vec4f
//#dense labels vec4u
//#vec4 terms write
//#include lanes

// NaN stays NaN. A clamp may give its lower bound for NaN, and so hide it.
fn p_of(nll: vec4f) -> vec4f { return select(clamp(exp_of(-nll), vec4f(LEAST), vec4f(1.0)), nll, is_nan(nll)); }

@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  let first = id.x * 4u;
  if (first >= BATCH) { return; }
  let own = first + vec4u(0u, 1u, 2u, 3u);
  let label = labels[id.x];
  var sum = vec4f();
  var count = vec4f();
  var leads = vec4<bool>(true);
  for (var at = 0u; at * 4u < BATCH; at++) {
    let p = p_of(nll[at]);
    let other = labels[at];
    //#for k 4
    {
      let j = at * 4u + $ku;
      let same = (label == vec4u(other[$k])) & vec4<bool>(j < BATCH);
      sum += select(vec4f(0.0), vec4f(p[$k]), same);
      count += select(vec4f(0.0), vec4f(1.0), same);
      leads &= !(same & (vec4u(j) < own));
    }
    //#end
  }
  let q = exp_of(-nll[id.x]);
  let share = select(p_of(nll[id.x]) / sum, vec4f(0.0), q < vec4f(LEAST));
  let loss = select(vec4f(0.0), -log_of(sum / count), leads);
  let one = select(vec4f(0.0), vec4f(1.0), leads);
  //#for k 4
  if (own[$k] < BATCH) { store_terms(own[$k], 0u, vec4f(share[$k], loss[$k], one[$k], 0.0)); }
  //#end
}
