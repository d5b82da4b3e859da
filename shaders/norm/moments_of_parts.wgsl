// moments_of_parts - mean and biased variance of the channels of a 4-vector, from what `channel_moments.wgsl` found.
//
//   mean = 1/N sum_p n_p mean_p,   variance = 1/N sum_p (squares_p + n_p (mean_p - mean)^2)
//
// moments [WHOLE + 1, 2, C], mean and squares of each part: WHOLE parts of EACH pixels and one of LAST. In fixed order.
// The kernel declares GROUPS, the 4-vectors of a pixel.
override EACH: f32;
override LAST: f32;
override PIXELS: f32;

struct Moments { mean: vec4f, variance: vec4f }

fn moments_of(c: u32) -> Moments {
  let shift = load_moments($(WHOLE)u, c);
  var squares = load_moments($(WHOLE)u, GROUPS + c);
  var sum = vec4f();
//#for p WHOLE
  let off$p = load_moments($pu, c) - shift;
  sum += off$p;
  squares += load_moments($pu, GROUPS + c);
//#end
  let off = sum * (EACH / PIXELS);
  var apart = LAST * off * off;
//#for p WHOLE
  apart += EACH * (off$p - off) * (off$p - off);
//#end
  return Moments(shift + off, (squares + apart) / PIXELS);
}
