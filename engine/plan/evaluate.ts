import { inOrder } from "../graph/graph.ts";
import { reader, type Tensor } from "../graph/node.ts";
import { Device } from "../device/device.ts";
import { Plan } from "./plan.ts";

let shared: Promise<Device> | null = null;

/**
 * The device of the machine's adapter that interactive use shares: opened at the first call, it stays open.
 *
 * @throws {DeviceError} when there is no adapter; a later call may find one.
 */
export async function sharedDevice(): Promise<Device> {
  const opened = shared ??= Device.open();
  try {
    const device = await opened;
    if (!device.failed) return device;
  } catch (error) {
    if (shared === opened) shared = null; // a later call may find a driver
    throw error;
  }
  if (shared === opened) shared = null;
  return await sharedDevice();
}

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
  const device = await sharedDevice();
  const names = tensors.map((_, i) => String(i));
  using plan = await Plan.make(device, {
    outputs: Object.fromEntries(names.map((name, i) => [name, tensors[i]])),
  });
  await plan.runAsync();
  return await Promise.all(names.map((name) => plan.read(name)));
}

reader.read = evaluate;
