// Times a graph's kernels on the device, beside the adapter's ceiling.

import type { Family, Tensor } from "../../engine/graph/node.ts";
import { Device } from "../../engine/device/device.ts";
import { type Feeds, Plan } from "../../engine/plan/plan.ts";
import { type Ceiling, measureCeiling } from "./ceiling.ts";
import { isMove } from "./places.ts";

/** A graph to measure. */
export interface KernelCase {
  /** Name of the op, as in traces. */
  op: string;
  /** Shapes of the operands, in words. */
  shape: string;
  /** Results; steps that only move values for the measurement are not counted. */
  outputs: Readonly<Record<string, Tensor>>;
  feeds: Feeds;
  family: Family;
}

/** The time and rates of all kernels of a case together. */
export interface KernelTiming {
  op: string;
  shape: string;
  family: Family;
  /** Milliseconds on the device, the best of several tries. */
  ms: number;
  gflops: number;
  gbs: number;
  /** Rate over the ceiling, of arithmetic or of memory, whichever is nearer. */
  share: number;
  bound: "FMA" | "copy";
  /** Milliseconds of the first run, compilation included (less when the driver has the kernel in its cache). */
  firstMs: number;
}

const devices = new Map<Family, Promise<{ device: Device; ceiling: Ceiling }>>();

/** Opens a device of a family and measures its ceiling, once. */
export function benchDevice(family: Family): Promise<{ device: Device; ceiling: Ceiling }> {
  if (!devices.has(family)) {
    devices.set(
      family,
      Device.open({ family }).then(async (device) => ({ device, ceiling: await measureCeiling(device) })),
    );
  }
  return devices.get(family)!;
}

/** Tells whether the machine's adapter computes on the CPU, where the kernels for GPUs are slow and get smaller cases. */
export async function isSoftware(): Promise<boolean> {
  using device = await Device.open();
  return device.family === "lane";
}

/** Runs a case once to compile it, then measures it: the best of several tries. */
export async function measure(test: KernelCase, tries = 5): Promise<KernelTiming> {
  const { device, ceiling } = await benchDevice(test.family);
  const start = performance.now();
  using plan = await Plan.make(device, { outputs: test.outputs });
  plan.run(test.feeds);
  await device.finish();
  const firstMs = performance.now() - start;

  const counted = plan.steps.map(({ node }) => !isMove(node));
  const sum = (values: readonly number[]) => values.reduce((a, b, i) => a + (counted[i] ? b : 0), 0);
  let ms = Infinity;
  for (let i = 0; i < tries; i++) ms = Math.min(ms, sum(await plan.profile(test.feeds)));
  const gflops = sum(plan.dispatches().map(({ flops }) => flops)) / ms / 1e6;
  const gbs = sum(plan.steps.map(({ bytes }) => bytes)) / ms / 1e6;
  const [arithmetic, memory] = [gflops / ceiling.gflops, gbs / ceiling.gbs];
  return {
    op: test.op,
    shape: test.shape,
    family: test.family,
    ms,
    gflops,
    gbs,
    share: Math.max(arithmetic, memory),
    bound: arithmetic > memory ? "FMA" : "copy",
    firstMs,
  };
}
