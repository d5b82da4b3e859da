/**
 * Functions that add a tensor to the graph, one an op: arithmetic, shapes, reductions, convolutions, norms.
 *
 * @module
 */
export { constant, input, nameOf, type Nested, parameter, tensor } from "./source.ts";
export { abs } from "./abs.ts";
export { add } from "./add.ts";
export { asNumbers } from "./as_numbers.ts";
export { batchNorm, type BatchNormVectors } from "./batch_norm.ts";
export { batchNormTraining } from "./batch_norm_training.ts";
export { channelMoments } from "./channel_moments.ts";
export { clamp } from "./clamp.ts";
export { equal, greater, greaterEqual, less, lessEqual, sign } from "./compare.ts";
export { concat, stack } from "./concat.ts";
export { conv2d } from "./conv2d.ts";
export { div } from "./div.ts";
export { enqueue } from "./enqueue.ts";
export { exp } from "./exp.ts";
export { expand } from "./expand.ts";
export { gather } from "./gather.ts";
export { l2Normalize } from "./l2_normalize.ts";
export { linear } from "./linear.ts";
export { log } from "./log.ts";
export { logSoftmax } from "./log_softmax.ts";
export { logSumExp } from "./log_sum_exp.ts";
export { matmul } from "./matmul.ts";
export { max } from "./max.ts";
export { maximum } from "./maximum.ts";
export { minimum } from "./minimum.ts";
export { mul } from "./mul.ts";
export { normalize, type PixelStatistics } from "./normalize.ts";
export { oneHot } from "./one_hot.ts";
export { pad } from "./pad.ts";
export { permute } from "./permute.ts";
export { avgPool, globalAvgPool, maxPool, type Window } from "./pool.ts";
export { pack } from "./pack.ts";
export { pow } from "./pow.ts";
export { relu } from "./relu.ts";
export { reshape } from "./reshape.ts";
export { neg, scale } from "./scale.ts";
export { scatterAdd } from "./scatter_add.ts";
export { sigmoid } from "./sigmoid.ts";
export { type Range, slice } from "./slice.ts";
export { shortcut } from "./shortcut.ts";
export { softmax } from "./softmax.ts";
export { sqrt } from "./sqrt.ts";
export { square } from "./square.ts";
export { stopGradient } from "./stop_gradient.ts";
export { sub } from "./sub.ts";
export { mean, type ReduceOptions, sum } from "./sum.ts";
export { transpose } from "./transpose.ts";
export { variance } from "./variance.ts";
export { where } from "./where.ts";
export { argmax } from "./argmax.ts";
export { correct } from "./correct.ts";
export { track } from "./track.ts";
