// filter_bank - filters of many convolutions as the matrices that they multiply by, in one dispatch.
//
//   packed:  y[tap PADDED + c, co] = weight[co, tap, c], and 0 for c >= IN
//   turned:  y[(m MEET + l) PADDED + o, (a, b, c)] = weight[o, ky K + kx, c], and 0 where there is no such tap
//            or o >= OUT, with ky = a + FROM - STRIDE m and kx = b + FROM - STRIDE l; a and b are below STRIDE
//
// weights: all weights one after the other, each [out, K K, IN], dense f32 · y: all results, as 4-vectors; each is a
// layer of a texture, or begins at a 4-vector of a buffer. Entries: first workgroup, layer or first 4-vector, first
// number of the weight, COLS; COUNT, PADDED, IN, K; STRIDE or 0 where packed, FROM, MEET, OUT. Reads are not coalesced.
//#dense weights f32
//#vec4 y write
//#table entries
//#include entry_of

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let place = place_of(group, thread);
  let first = entries[place.entry];
  let sizes = entries[place.entry + 1u];
  let moves = entries[place.entry + 2u];
  if (place.at >= sizes.x) { return; }
  let row = quotient(place.at, first.w);
  let col = place.at - row * first.w;
  let outer = quotient(row, sizes.y);
  let inner = row - outer * sizes.y;
  let taps = sizes.w * sizes.w;
  var value = vec4f();
  if (moves.x == 0u) {
    if (inner < sizes.z) {
      let start = first.z + outer * sizes.z + inner;
      for (var i = 0u; i < 4u; i++) { value[i] = weights[start + (col * 4u + i) * taps * sizes.z]; }
    }
  } else {
    let stride = i32(moves.x);
    let m = quotient(outer, moves.z);
    let above = i32(moves.y) - stride * i32(m);
    let before = i32(moves.y) - stride * i32(outer - m * moves.z);
    for (var i = 0u; i < 4u; i++) {
      let to = col * 4u + i;
      let phase = quotient(to, sizes.z);
      let a = quotient(phase, moves.x);
      let ky = i32(a) + above;
      let kx = i32(phase - a * moves.x) + before;
      if (inner < moves.w && ky >= 0 && ky < i32(sizes.w) && kx >= 0 && kx < i32(sizes.w)) {
        let tap = u32(ky) * sizes.w + u32(kx);
        value[i] = weights[first.z + (inner * taps + tap) * sizes.z + to - phase * sizes.z];
      }
    }
  }
//#if LAYERED
  store_y(first.y, row, col, value);
//#else
  store_y(0u, first.y + place.at, value);
//#end
}
