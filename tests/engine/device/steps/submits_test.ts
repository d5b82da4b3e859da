// Systems reset a GPU that is busy for too long, and queues hold so many command buffers: long work is cut.

import { assert, assertEquals } from "@std/assert";
import { apply, defineOp, type Op, type Tensor } from "../../../../engine/graph/node.ts";
import { relu } from "../../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../../engine/ops/arithmetic/scale.ts";
import { input } from "../../../../engine/graph/source.ts";
import { Device } from "../../../../engine/device/device.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { timesOf } from "../../../../engine/plan/profile.ts";
import type { PlanStep } from "../../../../engine/device/steps/step.ts";
import { inSubmits, type Submission } from "../../../../engine/device/steps/submits.ts";
import { adapterOf, GPU_INFO, withChanges } from "../../adapters.ts";
import { deviceOf } from "../../check.ts";

/** Steps of so many operations and bytes each. */
function stepsOf(...work: [flops: number, bytes: number][]): PlanStep[] {
  return work.map(([flops, bytes], at) => {
    const node = { op: { name: `op ${at}`, flops: () => flops }, shape: [], inputs: [] };
    return { kind: "transfer", node, label: String(at), bytes, record: () => {} } as unknown as PlanStep;
  });
}

const lengths = (runs: Submission[]) => runs.map(({ steps }) => steps.length);

Deno.test("steps are submitted together up to half a second of a slow GPU", () => {
  assertEquals(lengths(inSubmits([])), []);
  assertEquals(lengths(inSubmits(stepsOf(...Array<[number, number]>(500).fill([1e7, 1e6])))), [500]);
  assertEquals(lengths(inSubmits(stepsOf([2e10, 0], [2e10, 0], [2e10, 0], [2e10, 0]))), [2, 2]);
  assertEquals(lengths(inSubmits(stepsOf([0, 6e9], [0, 6e9], [0, 1e9]))), [1, 2]);
  assertEquals(lengths(inSubmits(stepsOf([1e9, 0], [9e12, 0], [1e9, 0]))), [1, 1, 1]);
});

/** As relu, and told to be work for a third of a second. */
function long(x: Tensor): Tensor {
  const { op, attrs } = relu(x);
  return apply(defineOp({ ...op as Op, name: "long", flops: () => 3e10 }), [x], attrs);
}

Deno.test("a plan of long work is submitted in order, run by run", async () => {
  let submits = 0;
  const gpu = await adapterOf((gpu) => ({
    queue: withChanges(gpu.queue, {
      submit: (buffers: GPUCommandBuffer[]) => (submits++, gpu.queue.submit(buffers)),
    }),
  }), { info: GPU_INFO });
  using device = await Device.open({ gpu, family: "tile" });
  const x = input("x", [4]);
  using short = await Plan.make(device, { outputs: { y: scale(relu(scale(x, 2)), -1) } });
  using plan = await Plan.make(device, { outputs: { y: scale(long(scale(long(scale(x, 2)), 0.5)), 3) } });
  for (const each of [short, plan]) each.run({ x: new Float32Array(4) }); // compiles
  const feeds = { x: Float32Array.of(-1, 0, 1, 2) };
  submits = 0;
  short.run(feeds);
  assertEquals(submits, 1);
  plan.run(feeds);
  assertEquals(submits, 3);
  assertEquals(await short.read("y"), Float32Array.of(-0, -0, -2, -4));
  assertEquals(await plan.read("y"), Float32Array.of(0, 0, 3, 6));
});

Deno.test("timing many steps leaves few passes to be done at a time (needs timestamps)", {
  ignore: !(await deviceOf("tile")).hasTimer,
}, async () => {
  let [passes, most] = [0, 0];
  const gpu = await adapterOf((gpu) => ({
    createCommandEncoder: (descriptor: GPUCommandEncoderDescriptor) => {
      const encoder = gpu.createCommandEncoder(descriptor);
      const beginComputePass = (descriptor: GPUComputePassDescriptor) => {
        most = Math.max(most, ++passes);
        return encoder.beginComputePass(descriptor);
      };
      // Reading back waits for all that was submitted.
      if (descriptor.label === "read-back") passes = 0;
      return withChanges(encoder, { beginComputePass });
    },
  }));
  using device = await Device.open({ gpu, family: "tile" });
  using plan = await Plan.make(device, { outputs: { y: relu(input("x", [4])) } });
  const times = await timesOf(device, Array<PlanStep>(700).fill(plan.steps[0]));
  assertEquals(times.length, 700);
  // wgpu 25 hung on Metal at 682 in one encoder.
  assert(most > 0 && most <= 2 * 256, `${most} passes`);
});
