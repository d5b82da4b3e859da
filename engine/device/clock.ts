import type { Device } from "./device.ts";
import { type Look, tickBetween } from "./ticks.ts";

/** Between the two looks at a device's clock: long beside what it takes to submit, and to hear that work is done. */
const APART_MS = 200;

/** Number of looks at the clock, of which the shortest counts. */
const LOOKS = 5;

/** A shader that does nothing. An empty pass is no work to some drivers (Metal), which then write no timestamps. */
const IDLE = "@compute @workgroup_size(1) fn main() {}";

const known = new WeakMap<Device, Promise<number>>();

/** A pass that does nothing but to write timestamps. */
export function recordIdle(
  device: Device,
  encoder: GPUCommandEncoder,
  timestampWrites: GPUComputePassTimestampWrites,
): void {
  const pass = encoder.beginComputePass({ label: "clock", timestampWrites });
  pass.setPipeline(device.pipelines.of({ label: "idle", wgsl: IDLE, constants: {} }));
  pass.dispatchWorkgroups(1);
  pass.end();
}

/**
 * Sync point, once for a device: nanoseconds of a tick of its timestamps.
 *
 * WebGPU has them in nanoseconds, but wgpu, as Deno sets it up, hands on the ticks of the hardware: 10 ns on many GPUs,
 * 38 to 83 ns on others. So they are held against the host's clock.
 */
export function tickLength(device: Device): Promise<number> {
  let found = known.get(device);
  if (!found) known.set(device, found = measured(device));
  return found;
}

async function measured(device: Device): Promise<number> {
  await look(device); // it wakes the device
  const first = await shortestLook(device);
  await new Promise((resolve) => setTimeout(resolve, APART_MS));
  return tickBetween(first, await shortestLook(device));
}

/** The look that took least, of some: where the host was busy meanwhile, one tells next to nothing. */
async function shortestLook(device: Device): Promise<Look> {
  const took = ({ before, after }: Look) => after - before;
  let shortest = await look(device);
  for (let more = 1; more < LOOKS; more++) {
    const another = await look(device);
    if (took(another) < took(shortest)) shortest = another;
  }
  return shortest;
}

async function look(device: Device): Promise<Look> {
  const { gpu } = device;
  await device.finish(); // nothing is in front of it
  const querySet = gpu.createQuerySet({ type: "timestamp", count: 2 });
  using resolved = device.buffer("ticks", 16, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
  const encoder = gpu.createCommandEncoder({ label: "clock" });
  recordIdle(device, encoder, { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 });
  encoder.resolveQuerySet(querySet, 0, 2, resolved.buffer, 0);
  const before = performance.now();
  device.queue.submit(encoder);
  const ticks = new BigUint64Array(await device.read(resolved.buffer, 0, 16));
  querySet.destroy();
  return { before, after: performance.now(), ticks: ticks[0] };
}
