// batch_norm - y = (x - mean[c]) scale[c] + beta[c].
//
// x, y [..., C] · scale, beta, mean [C], as 4-vectors. Reads and writes every value once: bound by memory.
//#vec4 x
//#vec4 scale
//#vec4 beta
//#vec4 mean
//#vec4 y write
//#include grid
override GROUPS: u32;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = index_of(id);
  if (at >= COUNT) { return; }
  let row = at / COLS;
  let col = at % COLS;
  let c = col % GROUPS;
  store_y(row, col, (load_x(row, col) - load_mean(0u, c)) * load_scale(0u, c) + load_beta(0u, c));
}
