import { DeviceError } from "../graph/errors.ts";
import { recordIdle, tickLength } from "../device/clock.ts";
import type { Device } from "../device/device.ts";
import { type PlanStep, recordDispatch } from "../device/steps/step.ts";

/**
 * Steps that are timed before the next are recorded. A query set would hold 2,048, but each takes one or two passes, and wgpu
 * makes three command buffers of a pass on Metal, where a queue holds 2,048 or 4,096 that are not done: one more is a
 * lost device.
 */
const MOST_STEPS = 256;

/**
 * Sync point: runs these steps one by one and times each on the device.
 *
 * @returns Milliseconds of each; 0 where the device's clock went back. @throws {DeviceError} without `timestamp-query`.
 */
export async function timesOf(device: Device, steps: readonly PlanStep[]): Promise<number[]> {
  if (!device.hasTimer) {
    throw new DeviceError(`Cannot time dispatches on ${device.adapter}: it has no timestamp-query`);
  }
  const tick = await tickLength(device);
  const times: number[] = [];
  for (let from = 0; from < steps.length; from += MOST_STEPS) {
    times.push(...await ticksOf(device, steps.slice(from, from + MOST_STEPS)));
  }
  return times.map((ticks) => ticks * tick / 1e6);
}

async function ticksOf(device: Device, steps: readonly PlanStep[]): Promise<number[]> {
  const { gpu } = device;
  const count = steps.length * 2;
  const querySet = gpu.createQuerySet({ type: "timestamp", count });
  using resolved = device.buffer(
    "timestamps",
    count * 8,
    GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  );
  let n = 0;
  device.queue.run("profile", steps, (encoder, some) => {
    for (const step of some) recordTimed(device, encoder, step, querySet, 2 * n++);
  });
  const encoder = gpu.createCommandEncoder({ label: "profile" });
  encoder.resolveQuerySet(querySet, 0, count, resolved.buffer, 0);
  device.queue.submit(encoder);
  const ticks = new BigUint64Array(await device.read(resolved.buffer, 0, count * 8));
  querySet.destroy();
  return steps.map((_, i) => between(ticks[2 * i], ticks[2 * i + 1]));
}

/** Ticks from one timestamp to another; 0 where the clock went back, or either was not written. */
function between(first: bigint, second: bigint): number {
  return first === 0n || second < first ? 0 : Number(second - first);
}

/** Records a step between two timestamps, the first of which is the n-th. Only passes write them. */
function recordTimed(
  device: Device,
  encoder: GPUCommandEncoder,
  step: PlanStep,
  querySet: GPUQuerySet,
  n: number,
): void {
  if (step.kind === "transfer") {
    // A transfer is in no pass: it is timed from the end of an idle one to the beginning of another.
    recordIdle(device, encoder, { querySet, endOfPassWriteIndex: n });
    step.record(encoder);
    recordIdle(device, encoder, { querySet, beginningOfPassWriteIndex: n + 1 });
  } else {
    const timestampWrites = { querySet, beginningOfPassWriteIndex: n, endOfPassWriteIndex: n + 1 };
    const pass = encoder.beginComputePass({ label: step.label, timestampWrites });
    recordDispatch(pass, step);
    pass.end();
  }
}
