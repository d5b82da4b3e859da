import type { Kernel, Tensor } from "../../graph/node.ts";

/** One step of a plan: a dispatch of a kernel, or a transfer by a copy of WebGPU. */
export type PlanStep = DispatchStep | TransferStep;

/** The facts of every step. */
export interface StepFacts {
  /** The tensor that it computes, or helps to compute. */
  readonly node: Tensor;
  /** Its name in traces and tables. */
  readonly label: string;
  /** Bytes of the operands, each counted once. */
  readonly bytes: number;
}

/** A dispatch of a kernel. */
export interface DispatchStep extends StepFacts {
  /** The mark that tells it from a transfer. */
  readonly kind: "dispatch";
  /** The kernel and its workgroups. */
  readonly kernel: Kernel;
  /** The compiled kernel. */
  readonly pipeline: GPUComputePipeline;
  /** Its operands. */
  readonly bindings: GPUBindGroup;
}

/** A copy between buffers and textures. It cannot be recorded while a pass is open. */
export interface TransferStep extends StepFacts {
  /** The mark that tells it from a dispatch. */
  readonly kind: "transfer";
  /** Records the copy. */
  record(encoder: GPUCommandEncoder): void;
}

/** Records steps in their order. Dispatches that follow one another share a pass: on llvmpipe one costs about 65 us. */
export function recordSteps(encoder: GPUCommandEncoder, steps: readonly PlanStep[]): void {
  let pass: GPUComputePassEncoder | null = null;
  for (const step of steps) {
    if (step.kind === "transfer") {
      pass?.end();
      pass = null;
      step.record(encoder);
    } else {
      pass ??= encoder.beginComputePass({ label: "plan" });
      recordDispatch(pass, step);
    }
  }
  pass?.end();
}

/** Records a dispatch in an open pass. */
export function recordDispatch(
  pass: GPUComputePassEncoder,
  { pipeline, bindings, kernel }: DispatchStep,
): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindings);
  pass.dispatchWorkgroups(...kernel.workgroups);
}
