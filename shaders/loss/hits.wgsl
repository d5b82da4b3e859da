// hits - y[b] = 1 where labels[b] is the first of the largest of logits[b, :], else 0; NaN is larger than any number.
//
// logits [B, C] · labels [B] u32 (< C, checked on the host) · y [B], written whole.
// It counts the values that rank before the label. Reads BC floats.
//#vec4 logits
//#dense labels u32
//#dense y f32 update
//#include rows
//#include channels
//#include lanes

@compute @workgroup_size(THREADS) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = row_of(group, lane);
  if (row >= ROWS) { return; }
  let label = labels[row];
  let at_label = vec4f(load_logits(row, label / 4u)[label % 4u]);
  let none = is_nan(at_label);
  var before = vec4f();
  for (var col = first_col(lane); col < COLS; col += STRIDE) {
    let x = load_logits(row, col);
    let earlier = vec4u(col * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(label);
    let above = beats(x, at_label) & !none;
    let ahead = above | (select(x == at_label, is_nan(x), none) & earlier);
    before += only_real(col, select(vec4f(0.0), vec4f(1.0), ahead));
  }
  let rank = row_sum(lane, sum4(before));
  if (leads(lane)) { y[row] = select(0.0, 1.0, rank == 0.0); }
}
