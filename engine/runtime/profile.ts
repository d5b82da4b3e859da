import { DeviceError } from "../errors.ts";
import type { Device } from "./device.ts";
import type { Step } from "./step.ts";

/**
 * Sync point: runs these dispatches one by one and times each on the device.
 *
 * @returns Milliseconds of each. @throws {DeviceError} without `timestamp-query`.
 */
export async function timesOf(
  device: Device,
  steps: readonly Pick<Step, "pipeline" | "bindings" | "kernel">[],
): Promise<number[]> {
  const { gpu } = device;
  if (!device.hasTimer) {
    throw new DeviceError(`Cannot time dispatches on ${device.adapter}: it has no timestamp-query`);
  }
  const count = steps.length * 2;
  const querySet = gpu.createQuerySet({ type: "timestamp", count });
  using resolved = device.buffer(
    "timestamps",
    count * 8,
    GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  );
  const encoder = gpu.createCommandEncoder({ label: "profile" });
  steps.forEach(({ pipeline, bindings, kernel }, i) => {
    const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
    const pass = encoder.beginComputePass({ label: kernel.label, timestampWrites });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(...kernel.workgroups);
    pass.end();
  });
  encoder.resolveQuerySet(querySet, 0, count, resolved.buffer, 0);
  gpu.queue.submit([encoder.finish()]);
  const ticks = new BigUint64Array(await device.read(resolved.buffer, 0, count * 8));
  querySet.destroy();
  return steps.map((_, i) => Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6);
}
