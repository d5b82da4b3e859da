import { inOrder } from "../../engine/graph/graph.ts";
import type { DeviceFacts, Family, Kernel, Tensor } from "../../engine/graph/node.ts";
import { nameOf } from "../../engine/graph/source.ts";
import { Device } from "../../engine/device/device.ts";
import { drain } from "../../engine/device/steps/queue.ts";
import { type Feeds, Plan, type PlanStep, type Precision } from "../../engine/plan/plan.ts";
import type { Numbers } from "./examples.ts";

/** The kernel families; both run on every adapter. */
export const FAMILIES: readonly Family[] = ["tile", "lane"];

/** A device that tests run on: of a family, or of a family as on an adapter without subgroups. */
export type TestDevice = Family | `${Family} without subgroups`;

/** Devices on which convolutions and products take the kernels for which subgroups are too few or unknown. */
export const WITHOUT_SUBGROUPS = "lane without subgroups";

/** Devices on which workgroups join their values by barriers alone. */
export const TILE_WITHOUT_SUBGROUPS = "tile without subgroups";

/** Facts of a device as every adapter has them. */
export function factsOf(family: Family): DeviceFacts {
  return { family, binding: 2 ** 27, subgroup: 0, workgroupBytes: 16384 };
}

const devices = new Map<TestDevice, Promise<Device>>();

// The thread ends with the file, and its devices with it.
Deno.test.afterAll(drain);

/** The device of this name, opened once per test file and never closed. */
export function deviceOf(name: TestDevice): Promise<Device> {
  const [family, ...without] = name.split(" ") as [Family, ...string[]];
  if (!devices.has(name)) devices.set(name, Device.open({ family, subgroups: without.length === 0 }));
  return devices.get(name)!;
}

/** The kernels that a plan dispatches, in their order; native copies have none. */
export function kernelsOf(steps: readonly PlanStep[]): Kernel[] {
  return steps.flatMap((step) => step.kind === "dispatch" ? [step.kernel] : []);
}

/** Values of the outputs of a graph that is planned on this device and run once. */
export async function evaluate(
  device: Device,
  outputs: Readonly<Record<string, Tensor>>,
  feeds: ReadonlyMap<Tensor, Numbers>,
  precision: Precision = "f32",
): Promise<Record<string, Float32Array>> {
  const [values] = await evaluateAll([{ device, outputs, feeds }], precision);
  return values;
}

/** A graph to be planned on a device and run once. */
export interface Run {
  device: Device;
  outputs: Readonly<Record<string, Tensor>>;
  feeds: ReadonlyMap<Tensor, Numbers>;
}

/** The same of several graphs. Devices compile pipelines as they come to them, each on a thread of its own: all at once. */
export async function evaluateAll(
  runs: readonly Run[],
  precision: Precision = "f32",
): Promise<Record<string, Float32Array>[]> {
  using stack = new DisposableStack();
  const plans: Plan[] = [];
  for (const { device, outputs, feeds } of runs) {
    const used = inOrder(Object.values(outputs)).filter((tensor) => feeds.has(tensor));
    const plan = stack.use(await Plan.make(device, { outputs, precision }));
    plan.run(Object.fromEntries(used.map((tensor) => [nameOf(tensor), feeds.get(tensor)!])) as Feeds);
    plans.push(plan);
  }
  // Read-backs awaited together cost as much as one.
  return await Promise.all(plans.map(async (plan, i) => {
    const names = Object.keys(runs[i].outputs);
    const values = await Promise.all(names.map((name) => plan.read(name)));
    return Object.fromEntries(names.map((name, n) => [name, values[n]]));
  }));
}
