import { type DispatchStep, recordSteps } from "../device/steps/step.ts";
import type { Plan } from "./plan.ts";

/**
 * Sync point: runs kernels of a plan once, each by itself, in no order that means anything: drivers compile a kernel when it
 * first runs, and many keep what they compiled on disk, for other devices too. The plan's results are of no use after.
 *
 * @param takes Asked for each of the plan's different kernels in turn, by its number from 0; false leaves it out.
 * @throws {DeviceError} when the device failed.
 */
export async function compileKernels(plan: Plan, takes: (kernel: number) => boolean): Promise<void> {
  const kernels = new Map<GPUComputePipeline, DispatchStep>();
  for (const step of [...plan.once, ...plan.steps]) {
    if (step.kind === "dispatch" && !kernels.has(step.pipeline)) kernels.set(step.pipeline, step);
  }
  const { queue } = plan.device;
  [...kernels.values()].forEach((step, n) => {
    if (takes(n)) queue.run("compile", [step], recordSteps);
  });
  await plan.device.finish();
}
