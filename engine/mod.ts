/**
 * The tensor engine: a graph of ops, planned once onto a WebGPU device and run many times. It reads no files and
 * prints nothing.
 *
 * @example
 * ```ts
 * import { grad, matmul, relu, sum, tensor } from "./engine/mod.ts";
 * const w = tensor([[1, -1], [0, 2]]);
 * const loss = sum(relu(matmul(tensor([[1, 2], [3, 4]]), w)));
 * const [dw] = grad(loss, [w]);
 * console.log(await loss.data(), await dw.data()); // [12] and the gradient of each weight
 * ```
 *
 * @module
 */
export { DeviceError, MemoryError, NonFiniteError, ShapeError } from "./errors.ts";
export { type DType, type Shape, Tensor } from "./tensor.ts";
export {
  apply,
  defineOp,
  type Family,
  type Kernel,
  type LowerContext,
  type Lowering,
  type Op,
  type Operand,
  type Want,
} from "./op.ts";
export { constant, input, nameOf, type Nested, parameter, tensor } from "./ops/source.ts";
export { abs } from "./ops/abs.ts";
export { add } from "./ops/add.ts";
export { asNumbers } from "./ops/as_numbers.ts";
export { batchNorm, type BatchNormVectors } from "./ops/batch_norm.ts";
export { batchNormTraining } from "./ops/batch_norm_training.ts";
export { channelMoments } from "./ops/channel_moments.ts";
export { clamp } from "./ops/clamp.ts";
export { equal, greater, greaterEqual, less, lessEqual, sign } from "./ops/compare.ts";
export { concat, stack } from "./ops/concat.ts";
export { conv2d } from "./ops/conv2d.ts";
export { div } from "./ops/div.ts";
export { enqueue } from "./ops/enqueue.ts";
export { exp } from "./ops/exp.ts";
export { expand } from "./ops/expand.ts";
export { gather } from "./ops/gather.ts";
export { l2Normalize } from "./ops/l2_normalize.ts";
export { linear } from "./ops/linear.ts";
export { log } from "./ops/log.ts";
export { logSoftmax } from "./ops/log_softmax.ts";
export { logSumExp } from "./ops/log_sum_exp.ts";
export { matmul } from "./ops/matmul.ts";
export { max } from "./ops/max.ts";
export { maximum } from "./ops/maximum.ts";
export { minimum } from "./ops/minimum.ts";
export { mul } from "./ops/mul.ts";
export { normalize, type PixelStatistics } from "./ops/normalize.ts";
export { oneHot } from "./ops/one_hot.ts";
export { pad } from "./ops/pad.ts";
export { permute } from "./ops/permute.ts";
export { avgPool, globalAvgPool, maxPool, type Window } from "./ops/pool.ts";
export { pack } from "./ops/pack.ts";
export { pow } from "./ops/pow.ts";
export { relu } from "./ops/relu.ts";
export { reshape } from "./ops/reshape.ts";
export { neg, scale } from "./ops/scale.ts";
export { scatterAdd } from "./ops/scatter_add.ts";
export { sigmoid } from "./ops/sigmoid.ts";
export { type Range, slice } from "./ops/slice.ts";
export { shortcut } from "./ops/shortcut.ts";
export { softmax } from "./ops/softmax.ts";
export { sqrt } from "./ops/sqrt.ts";
export { square } from "./ops/square.ts";
export { stopGradient } from "./ops/stop_gradient.ts";
export { sub } from "./ops/sub.ts";
export { mean, type ReduceOptions, sum } from "./ops/sum.ts";
export { transpose } from "./ops/transpose.ts";
export { variance } from "./ops/variance.ts";
export { where } from "./ops/where.ts";
export { argmax } from "./ops/argmax.ts";
export { correct } from "./ops/correct.ts";
export { track } from "./ops/track.ts";
export { inOrder, substitute } from "./graph.ts";
export { grad, pullback, valueAndGrad } from "./passes/differentiate.ts";
export { interpret } from "./interpret.ts";
export { fastestAdapter } from "./runtime/adapter.ts";
export { DEFAULT_MEMORY_BUDGET, Device, type DeviceOptions } from "./runtime/device.ts";
export { evaluate } from "./runtime/evaluate.ts";
export {
  type Given,
  type GivenFor,
  type HostArray,
  type HostTensor,
  type Like,
  type Shaped,
  shaped,
  type Traced,
  type Value,
} from "./runtime/arguments.ts";
export { jit, type Jitted } from "./runtime/jit.ts";
export type { JitOptions, Prepared } from "./runtime/jit_plans.ts";
export { Result, type Run } from "./runtime/result.ts";
export type { Results, Returned } from "./runtime/traced.ts";
export { mebibytes, Memory, type OwnedBuffer, type OwnedTexture } from "./runtime/memory.ts";
export type { Format } from "./runtime/format.ts";
export type { Place } from "./runtime/layout.ts";
export type { Axis, View } from "./runtime/view.ts";
export { drain, type Queue } from "./runtime/queue.ts";
export { ParameterLayout, tensorsLike } from "./runtime/parameter_layout.ts";
export { Parameters } from "./runtime/parameters.ts";
export { inputsOf } from "./runtime/spec.ts";
export { type Lesson, type Timer, Tuning, type TuningOptions } from "./runtime/tuning.ts";
export {
  type DispatchStep,
  type Feeds,
  Plan,
  type PlanSize,
  type PlanSpec,
  type Precision,
  type Step,
  type StepFacts,
  type TransferStep,
} from "./runtime/plan.ts";
export { type Dispatch, dispatchTable, kernelTable, timeOf } from "./runtime/trace.ts";
export { ldamMargins, smoothingFactors } from "./nn/class_tables.ts";
export {
  balancedSoftmax,
  crossEntropy,
  focalLoss,
  gmlLoss,
  labelAwareSmoothing,
  ldamLoss,
} from "./nn/losses.ts";
export { pacoLoss, type PacoParts, type PacoWeights } from "./nn/paco.ts";
export { accumulate, type AccumulateOptions } from "./optim/accumulate.ts";
export { adamw, type AdamwOptions, adamwState, adamwUpdate, type AdamwUpdateOptions } from "./optim/adamw.ts";
export { averageWeights } from "./optim/average.ts";
export { globalNorm } from "./optim/global_norm.ts";
export {
  allSkipped,
  lossScale,
  type ScaledGradients,
  scaleLoss,
  START_SCALE,
  unscale,
} from "./optim/loss_scale.ts";
export type { ParameterGroup } from "./optim/groups.ts";
export {
  constantRate,
  cosineRate,
  inTurn,
  type Schedule,
  stairRate,
  stepRate,
  warmUp,
} from "./optim/schedule.ts";
export type { Optimizer, OptimizerOptions, StepOptions } from "./optim/optimizer.ts";
export { sgd, type SgdOptions, sgdUpdate, type SgdUpdateOptions } from "./optim/sgd.ts";
export type { UpdateOptions } from "./optim/update.ts";
export { COSINE_SCALE, type Head, type HeadKind, headOf } from "./nn/heads.ts";
export type { ForwardOptions } from "./nn/layers.ts";
export type { Forward, Network } from "./nn/network.ts";
export {
  bottleneckNames,
  type NetworkName,
  networkNames,
  networkOf,
  type NetworkOptions,
} from "./nn/networks.ts";
export { resNet, type ResNetOptions } from "./nn/resnet.ts";
export { cifarResNet, type CifarResNetOptions } from "./nn/resnet_cifar.ts";
export { initHead, initLastStage, initState, initTensors } from "./nn/init.ts";
export { type Projection, projection } from "./nn/projection.ts";
export { loadState, readState, stateShapes, torchShape } from "./nn/state.ts";
export * from "./io/mod.ts";
