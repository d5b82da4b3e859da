// unscale - the factor that undoes the scale of a loss in its gradients, and their norm without the scale.
//
//   y = (1 / scale, norm / scale), and (0, 0) where norm is NaN or infinite
//
// norm [] of the gradients of the scaled loss · scale [] · y [2]. The norm is finite if all gradients are finite and
// their squares do not overflow. It is read as bits, because a shader may assume that floats are finite and fold a test
// of the value away.
//#dense norm u32
//#dense scale f32
//#dense y f32 update

@compute @workgroup_size(1) fn main() {
  let finite = (norm[0] & 0x7f800000u) != 0x7f800000u;
  let factor = select(0.0, 1.0 / scale[0], finite);
  y[0] = factor;
  y[1] = select(0.0, bitcast<f32>(norm[0]) * factor, finite);
}
