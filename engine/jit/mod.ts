/**
 * Planning by hand: graphs made ready for a device, their memory, times and choices of kernels.
 *
 * @module
 */
export { fastestAdapter } from "../device/adapter.ts";
export { Device, type DeviceOptions } from "../device/device.ts";
export { DEFAULT_MEMORY_BUDGET } from "../device/memory.ts";
export { evaluate } from "../plan/evaluate.ts";
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
} from "./arguments.ts";
export { jit, type Jitted } from "./jit.ts";
export type { JitOptions, Prepared } from "./jit_plans.ts";
export { Result, type Run } from "./result.ts";
export type { Results, Returned } from "./traced.ts";
export { mebibytes } from "../kernel/bytes.ts";
export {
  Memory,
  type MemoryShare,
  memoryTable,
  type OwnedBuffer,
  type OwnedTexture,
  type PlanNeeds,
} from "../device/memory.ts";
export type { NumberFormat } from "../kernel/format.ts";
export type { Place } from "../kernel/layout.ts";
export type { Axis, StridedView } from "../kernel/view.ts";
export type { HostCall } from "../plan/host_calls.ts";
export { compileKernels } from "../plan/compile.ts";
export { drain, type Queue, type Recorder } from "../device/steps/queue.ts";
export type { Pipelines, PipelineSource } from "../device/pipelines.ts";
export type { Sizes, SizeValue } from "../device/sizes.ts";
export { ParameterLayout, tensorsLike } from "../graph/parameter_layout.ts";
export { Parameters } from "../device/parameters.ts";
export { inputsOf } from "../plan/spec.ts";
export {
  type TimedDevice,
  type Timer,
  Tuning,
  type TuningOptions,
  type TuningResult,
} from "../device/tuning.ts";
export {
  type DispatchStep,
  type Feeds,
  Plan,
  type PlanSize,
  type PlanSpec,
  type PlanStep,
  type Precision,
  type StepFacts,
  type TransferStep,
} from "../plan/plan.ts";
export { type Dispatch, dispatchTable, kernelTable, timeOf } from "../device/steps/trace.ts";
