import { inOrder } from "../graph.ts";
import type { Tensor } from "../tensor.ts";
import { Device } from "./device.ts";
import { Plan } from "./plan.ts";

let shared: Promise<Device> | null = null;

/**
 * Sync point: computes tensors on the machine's adapter, which stays open for the next call.
 *
 * @param tensors Computed together, so that what they share is computed once.
 * @returns Dense row-major values, in the order given.
 * @throws {TypeError} when one depends on an input or parameter.
 */
export async function evaluate(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  const unknown = inOrder(tensors).find(({ op }) => op.name === "input" || op.name === "parameter");
  if (unknown) {
    throw new TypeError(
      `Cannot compute ${
        tensors[0].describe()
      }: it takes known values, current ${unknown.describe()} has none: ` +
        "make a plan, which is given values at each run",
    );
  }
  const opened = shared ??= Device.open();
  const forget = () => {
    if (shared === opened) shared = null;
  };
  const device = await opened.catch((error) => {
    forget(); // a later call may find a driver
    throw error;
  });
  const names = tensors.map((_, i) => String(i));
  using plan = await Plan.make(device, {
    outputs: Object.fromEntries(names.map((name, i) => [name, tensors[i]])),
  });
  try {
    plan.run();
    return await Promise.all(names.map((name) => plan.read(name)));
  } finally {
    if (device.failed) forget();
  }
}
