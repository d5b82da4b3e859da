// A GPU's timestamps are nanoseconds in WebGPU and ticks in wgpu: they are held against the host's clock.

import { assert, assertEquals } from "@std/assert";
import { tickLength } from "../../../engine/device/clock.ts";
import type { Device } from "../../../engine/device/device.ts";
import { type Look, tickBetween } from "../../../engine/device/ticks.ts";
import { deviceOf } from "../check.ts";

/** Two looks at a clock, between moments of the host in milliseconds. */
function looks(first: [number, number], second: [number, number], ticks: bigint): [Look, Look] {
  const look = ([before, after]: [number, number], ticks: bigint) => ({ before, after, ticks });
  return [look(first, 5n), look(second, 5n + ticks)];
}

Deno.test("ticks that may be nanoseconds are, others are what the host's clock makes of them", () => {
  assertEquals(tickBetween(...looks([0, 10], [200, 210], 200_000_000n)), 1);
  // As much as 10 ms of the 190 to 210 may have been before the first, or after the second.
  assertEquals(tickBetween(...looks([0, 10], [200, 210], 191_000_000n)), 1);
  assertEquals(tickBetween(...looks([0, 10], [200, 210], 209_000_000n)), 1);
  assertEquals(tickBetween(...looks([0, 10], [200, 210], 20_000_000n)), 10);
  // A busy host, and a clock that stands still or goes back: nothing is known.
  assertEquals(tickBetween(...looks([0, 300], [350, 700], 200_000_000n)), 1);
  assertEquals(tickBetween(...looks([0, 10], [200, 210], 0n)), 1);
  assertEquals(tickBetween(...looks([0, 10], [200, 210], -7n)), 1);
});

Deno.test("the length of ticks is measured, even by a host that is busy for a moment (needs timestamps)", {
  ignore: !(await deviceOf("tile")).hasTimer,
}, async () => {
  const device = await deviceOf("tile");
  let looks = 0;
  const submit = (encoder: GPUCommandEncoder) => {
    // The first look wakes the device, the second is the first that counts.
    if (++looks === 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    device.queue.submit(encoder);
  };
  // The machine's, as if it counted in units of 50 ns.
  const slow = {
    gpu: device.gpu,
    queue: { submit },
    pipelines: device.pipelines,
    buffer: device.buffer.bind(device),
    finish: () => device.finish(),
    read: async (source: GPUBuffer, offset: number, bytes: number) => {
      const ticks = new BigUint64Array(await device.read(source, offset, bytes));
      return ticks.map((tick) => tick / 50n).buffer;
    },
  } as unknown as Device;
  const [own, of50] = [await tickLength(device), await tickLength(slow)];
  assert(of50 > 25 * own && of50 < 100 * own, `${of50} ns, where the machine's are of ${own} ns`);
  assertEquals(await tickLength(device), own);
});
