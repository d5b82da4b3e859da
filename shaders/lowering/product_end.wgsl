// product_end - the end of a product or convolution: y = act(sum + bias + residual) for a 4-vector of the result.
//
// bias [C] · residual, y [..., C], dense, as 4-vectors, GROUPS to a pixel.
//#if BIAS
//#vec4 bias
//#end
//#if RESIDUAL
//#vec4 residual
//#end
//#vec4 y write
override GROUPS: u32;

fn finish(place: u32, sum: vec4f) {
  var value = sum;
//#if BIAS
  value += load_bias(0u, place % GROUPS);
//#end
//#if RESIDUAL
  value += load_residual(0u, place);
//#end
//#if RELU
  value = select(value, vec4f(), value < vec4f()); // not max, which hides NaN
//#end
  store_y(0u, place, value);
}
