import { DeviceError } from "../errors.ts";
import type { Device } from "./device.ts";
import { recordDispatch, type Step } from "./step.ts";

/** Steps that one query set times: it holds at most 4,096 timestamps. */
const MOST_STEPS = 2048;

/**
 * Sync point: runs these steps one by one and times each on the device.
 *
 * @returns Milliseconds of each; 0 where the device's clock went back. @throws {DeviceError} without `timestamp-query`.
 */
export async function timesOf(device: Device, steps: readonly Step[]): Promise<number[]> {
  if (!device.hasTimer) {
    throw new DeviceError(`Cannot time dispatches on ${device.adapter}: it has no timestamp-query`);
  }
  const times: number[] = [];
  for (let from = 0; from < steps.length; from += MOST_STEPS) {
    times.push(...await timesOfSome(device, steps.slice(from, from + MOST_STEPS)));
  }
  return times;
}

async function timesOfSome(device: Device, steps: readonly Step[]): Promise<number[]> {
  const { gpu } = device;
  const count = steps.length * 2;
  const querySet = gpu.createQuerySet({ type: "timestamp", count });
  using resolved = device.buffer(
    "timestamps",
    count * 8,
    GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  );
  const encoder = gpu.createCommandEncoder({ label: "profile" });
  steps.forEach((step, i) => recordTimed(encoder, step, querySet, 2 * i));
  encoder.resolveQuerySet(querySet, 0, count, resolved.buffer, 0);
  gpu.queue.submit([encoder.finish()]);
  const ticks = new BigUint64Array(await device.read(resolved.buffer, 0, count * 8));
  querySet.destroy();
  return steps.map((_, i) => Math.max(0, Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6));
}

/** Records a step between two timestamps, the first of which is the n-th. Only passes write them. */
function recordTimed(encoder: GPUCommandEncoder, step: Step, querySet: GPUQuerySet, n: number): void {
  const { label } = step;
  const open = (timestamps: Omit<GPUComputePassTimestampWrites, "querySet">) =>
    encoder.beginComputePass({ label, timestampWrites: { querySet, ...timestamps } });
  if (step.kind === "transfer") {
    // A transfer is in no pass: it is timed from the end of an empty one to the beginning of another.
    open({ endOfPassWriteIndex: n }).end();
    step.record(encoder);
    open({ beginningOfPassWriteIndex: n + 1 }).end();
  } else {
    const pass = open({ beginningOfPassWriteIndex: n, endOfPassWriteIndex: n + 1 });
    recordDispatch(pass, step);
    pass.end();
  }
}
