/**
 * Functions that add a tensor to the graph, one an op: arithmetic, shapes, reductions, convolutions, norms.
 *
 * @module
 */
export { constant, input, nameOf, type Nested, parameter, tensor } from "../graph/source.ts";
export { abs } from "./arithmetic/abs.ts";
export { add } from "./arithmetic/add.ts";
export { asNumbers } from "./shape/as_numbers.ts";
export { batchNorm, type BatchNormVectors } from "./norm/batch_norm.ts";
export { batchNormTraining } from "./norm/batch_norm_training.ts";
export { channelMoments } from "./norm/channel_moments.ts";
export { clamp } from "./arithmetic/clamp.ts";
export { equal, greater, greaterEqual, less, lessEqual, sign } from "./arithmetic/compare.ts";
export { concat, stack } from "./shape/concat.ts";
export { conv2d } from "./conv/conv2d.ts";
export { div } from "./arithmetic/div.ts";
export { enqueue } from "./effects/enqueue.ts";
export { exp } from "./arithmetic/exp.ts";
export { expand, type ReduceOptions, sum } from "./reduce/sum.ts";
export { gather, scatterAdd } from "./shape/gather.ts";
export { l2Normalize } from "./norm/l2_normalize.ts";
export { linear } from "./matmul/linear.ts";
export { log } from "./arithmetic/log.ts";
export { logSoftmax } from "./loss/log_softmax.ts";
export { logSumExp } from "./loss/log_sum_exp.ts";
export { matmul } from "./matmul/matmul.ts";
export { max } from "./statistics/max.ts";
export { maximum } from "./arithmetic/maximum.ts";
export { minimum } from "./arithmetic/minimum.ts";
export { mul } from "./arithmetic/mul.ts";
export { normalize, type PixelStatistics } from "./norm/normalize.ts";
export { oneHot } from "./shape/one_hot.ts";
export { pad } from "./shape/pad.ts";
export { permute } from "./shape/permute.ts";
export { avgPool } from "./conv/avg_pool.ts";
export { globalAvgPool } from "./conv/global_avg_pool.ts";
export { maxPool } from "./conv/max_pool.ts";
export type { Window } from "./conv/pool_windows.ts";
export { pack } from "./shape/pack.ts";
export { pow } from "./arithmetic/pow.ts";
export { relu } from "./arithmetic/relu.ts";
export { reshape } from "./shape/reshape.ts";
export { neg, scale } from "./arithmetic/scale.ts";
export { sigmoid } from "./arithmetic/sigmoid.ts";
export { type Range, slice } from "./shape/slice.ts";
export { shortcut } from "./conv/shortcut.ts";
export { softmax } from "./loss/softmax.ts";
export { sqrt } from "./arithmetic/sqrt.ts";
export { square } from "./arithmetic/square.ts";
export { stopGradient } from "./shape/stop_gradient.ts";
export { sub } from "./arithmetic/sub.ts";
export { mean } from "./statistics/mean.ts";
export { transpose } from "./shape/transpose.ts";
export { variance } from "./statistics/variance.ts";
export { where } from "./arithmetic/where.ts";
export { argmax } from "./statistics/argmax.ts";
export { hits } from "./loss/hits.ts";
export { accumulateMetrics } from "./effects/accumulate_metrics.ts";
