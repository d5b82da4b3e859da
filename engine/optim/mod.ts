/**
 * Optimisers, schedules of the learning rate, and what goes with them: sums of gradients, averages, loss scales.
 *
 * @module
 */
export { accumulate, type AccumulateOptions } from "./accumulate.ts";
export { adamw, type AdamwOptions, adamwState, adamwUpdate, type AdamwUpdateOptions } from "./adamw.ts";
export { averageWeights } from "./average.ts";
export { globalNorm } from "./global_norm.ts";
export {
  allSkipped,
  LEAST_SCALE,
  lossScale,
  type ScaledGradients,
  scaleLoss,
  START_SCALE,
  unscale,
} from "./loss_scale.ts";
export type { ParameterGroup } from "./groups.ts";
export { type BucketOptions, reduceGradients } from "./reduce_gradients.ts";
export { constantRate, cosineRate, type Schedule, stepRate, warmUp } from "./schedule.ts";
export type { Optimizer, OptimizerOptions, StepOptions } from "./optimizer.ts";
export { sgd, type SgdOptions, sgdUpdate, type SgdUpdateOptions } from "./sgd.ts";
export type { UpdateOptions } from "./update.ts";
