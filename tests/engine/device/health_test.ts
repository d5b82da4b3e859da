// A step that WebGPU refuses while a plan runs is told with its kernel, and nothing is read of the device any more.

import { assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Device } from "../../../engine/device/device.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { DeviceError, DeviceLostError } from "../../../engine/graph/errors.ts";
import { apply, defineOp, type Op, type Tensor } from "../../../engine/graph/node.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { matmul } from "../../../engine/ops/matmul/matmul.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { adapterWith, GPU_INFO } from "../adapters.ts";
import { Plan } from "../../../engine/plan/plan.ts";

/** An op whose kernel is dispatched with more workgroups than WebGPU allows. */
const endless: Op<null> = defineOp<null>({
  name: "endless",
  infer: ([x]) => ({ shape: x.shape, dtype: "f32" as const }),
  reference: (_, [x]) => x,
  lower: () => ({
    kernels: [{
      label: "endless_kernel",
      code: "//#vec4 y write\n@compute @workgroup_size(1) fn main() { store_y(0u, 0u, vec4f(1.0)); }",
      bind: { y: { output: true } },
      constants: {},
      workgroups: [1_000_000, 1, 1],
    }],
  }),
});

/** Runs a plan, waits as a loop does, and gives the error that the next run and a read end with. */
async function refusal(device: Device, plan: Plan, feeds: Record<string, Float32Array>): Promise<string> {
  plan.run(feeds);
  const { message } = await assertRejects(() => plan.read("y"), DeviceError);
  assertThrows(() => plan.run(feeds), DeviceError, message);
  await assertRejects(() => device.finish(), DeviceError, message);
  return message;
}

Deno.test("a dispatch that WebGPU refuses is told with its step, kernel and op", async () => {
  using device = await Device.open();
  const y = relu(apply(endless, [relu(matmul(input("x", [4, 4]), input("w", [4, 4])))], null));
  using plan = await Plan.make(device, { outputs: { y } });
  const zeros = new Float32Array(16);
  assertMatch(
    await refusal(device, plan, { x: zeros, w: zeros }),
    /^Cannot go on with this device: it refused step \d of \d of a plan, kernel endless_kernel of endless#\d+ \[4, 4\]: /,
  );
});

Deno.test("a step on memory that is gone is told with its kernel and the memory", async () => {
  using device = await Device.open();
  const w = parameter("w", [4, 4]);
  const store = new Parameters(device, [w], "weights");
  const y: Tensor = scale(matmul(input("x", [4, 4]), w), 2);
  using plan = await Plan.make(device, { outputs: { y }, parameters: [store] });
  store[Symbol.dispose]();
  const message = await refusal(device, plan, { x: new Float32Array(16) });
  assertMatch(
    message,
    /^Cannot go on with this device: it refused step \d of \d of a plan, kernel \w+ of .*'weights'/,
  );
});

Deno.test("an adapter that gives no device is told with its reason", async () => {
  const requestDevice = () => Promise.reject(new Error("Not enough memory left"));
  const gpu = await adapterWith({ info: GPU_INFO, requestDevice });
  await assertRejects(
    () => Device.open({ gpu }),
    DeviceError,
    "Cannot open a device on A GPU: Not enough memory left",
  );
});

Deno.test("a loss is told as a loss, with an error that was reported before", async () => {
  const device = await Device.open();
  device.gpu.createBuffer({ size: 16, usage: 0xffff });
  await assertRejects(() => device.finish(), DeviceError, "it reported");
  device.gpu.destroy();
  await device.gpu.lost;
  assertThrows(() => device.check(), DeviceLostError, "it was lost (destroyed)");
  assertThrows(
    () => device.check(),
    DeviceLostError,
    "after an error: Cannot go on with this device: it reported",
  );
});
