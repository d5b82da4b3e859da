// softmax_nll_grad - gradient of softmax_nll by the logits, for a cotangent of each row.
//
//   dlogits[b, j] = dy[b] * (softmax(z[b, :])[j] - [j == labels[b]]),  z[b, j] = logits[b, j] + prior[j]
//
// logits, dlogits [B, C] · labels [B] u32 · nll, dy [B] · prior [C] or none.
// The forward pass knows the row's sum: log sum_k exp z[b, k] = nll[b] + z[b, label], so no reduction is needed here
// and softmax(z)[j] = exp(z[j] - z[label] - nll). Reads and writes BC floats.
//#vec4 logits
//#dense labels u32
//#dense nll f32
//#dense dy f32
//#vec4 dlogits write
//#include rows
//#include channels
//#include lanes
//#if PRIOR
//#vec4 prior
fn z_of(row: u32, col: u32) -> vec4f { return load_logits(row, col) + load_prior(0u, col); }
//#else
fn z_of(row: u32, col: u32) -> vec4f { return load_logits(row, col); }
//#end

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  let label = labels[row];
  let at_label = z_of(row, label / 4u)[label % 4u];
  let offset = nll[row];
  let weight = dy[row];
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    let q = exp_of((z_of(row, col) - at_label) - offset);
    let hot = vec4u(col * 4u) + vec4u(0u, 1u, 2u, 3u) == vec4u(label);
    store_dlogits(row, col, only_real(col, weight * (q - select(vec4f(0.0), vec4f(1.0), hot))));
  }
}
