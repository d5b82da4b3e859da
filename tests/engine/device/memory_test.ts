import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MemoryError } from "../../../engine/graph/errors.ts";
import { conv2d } from "../../../engine/ops/conv/conv2d.ts";
import { matmul } from "../../../engine/ops/matmul/matmul.ts";
import { normalize } from "../../../engine/ops/norm/normalize.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { constant, input, parameter } from "../../../engine/graph/source.ts";
import { sum } from "../../../engine/ops/reduce/sum.ts";
import { Device } from "../../../engine/device/device.ts";
import { Memory } from "../../../engine/device/memory.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { ofHalf } from "../../half.ts";
import { deviceOf, FAMILIES } from "../check.ts";

Deno.test("memory counts what is taken and given, and its peak", () => {
  const memory = new Memory(100);
  memory.take("a", 60);
  memory.take("b", 40);
  memory.give("a", 60);
  assertEquals([memory.used, memory.peak], [40, 100]);
  const { message } = assertThrows(() => memory.take("weights", 61), MemoryError);
  assertEquals(
    message,
    "Cannot allocate weights: it takes 61 bytes, current use is 40 bytes of a budget of 100 bytes: lower the batch " +
      "size, or raise memoryBudget by at least 1 byte\nIn use:\n  40 bytes  b",
  );
  assertEquals([memory.used, memory.peak], [40, 100]);
});

Deno.test("what does not fit is told with what takes most, the largest first, in units that say something", () => {
  const MiB = 2 ** 20;
  const memory = new Memory(100 * MiB);
  for (let n = 1; n <= 9; n++) memory.take(`relu#${n} [${n}]`, n * MiB);
  memory.take("sums", 12);
  memory.take("bias", 2048);
  const shares = [{ label: "weights", bytes: 90 * MiB }];
  const { message } = assertThrows(() => memory.check("plan this", 90 * MiB, shares), MemoryError);
  assertEquals(message.split("\n"), [
    "Cannot plan this: it takes 90.0 MiB, current use is 45.0 MiB of a budget of 100.0 MiB: lower the batch size, or " +
    "raise memoryBudget by at least 35.0 MiB",
    "Its largest parts:",
    "  90.0 MiB  weights",
    "In use:",
    ...[9, 8, 7, 6, 5, 4].map((n) => `  ${n}.0 MiB  relu [${n}]`),
    "  6.0 MiB  5 more",
  ]);
  for (let n = 1; n <= 9; n++) memory.give(`relu#${n} [${n}]`, n * MiB);
  assertEquals(memory.shares, [{ label: "sums", bytes: 12 }, { label: "bias", bytes: 2048 }]);
});

Deno.test("a plan over the budget names its largest tensors", async () => {
  using device = await Device.open({ family: "tile", memoryBudget: 2 ** 20 });
  const y = scale(scale(input("x", [300, 512]), 2), 3);
  const { message } = await assertRejects(() => Plan.make(device, { outputs: { y } }), MemoryError);
  assert(/^Cannot plan this graph: it takes [\d.]+ MiB, .*\nIts largest parts:\n/.test(message), message);
  assert(message.includes("0.6 MiB  input [300, 512]"), message);
});

Deno.test("a plan over the budget is refused before it is allocated, and leaves nothing behind", async () => {
  for (const family of FAMILIES) {
    using device = await Device.open({ family, memoryBudget: 2 ** 20 });
    const x = input("x", [256, 512]); // half the budget
    const y = scale(matmul(x, input("w", [512, 256])), 2);
    await assertRejects(() => Plan.make(device, { outputs: { y } }), MemoryError, "of a budget of 1.0 MiB");
    assertEquals(device.memory.used, 0);
    assert(device.memory.peak <= 2 ** 20);
    // The device goes on, and its errors are still seen.
    using plan = await Plan.make(device, { outputs: { y: scale(input("x", [5]), 2) } });
    plan.run({ x: new Float32Array(5).fill(3) });
    assertEquals((await plan.read("y"))[0], 6);
  }
});

Deno.test("plans, stores and read-backs give back what they took", async () => {
  for (const family of FAMILIES) {
    const { memory } = await deviceOf(family);
    const before = memory.used;
    {
      const w = parameter("w", [70, 30]);
      using store = new Parameters(await deviceOf(family), [w], "weights");
      const x = input("x", [20, 70]);
      using plan = await Plan.make(await deviceOf(family), {
        outputs: { y: matmul(x, w), total: sum(constant(new Float32Array(40_000), [40_000])) },
        parameters: [store],
      });
      assertEquals(memory.used - before, plan.bytes + 70 * 30 * 4 + 48); // 2,100 words on a multiple of 64
      plan.run({ x: new Float32Array(20 * 70) });
      await Promise.all([plan.read("y"), store.read()]);
    }
    assertEquals(memory.used, before);
  }
});

Deno.test("disposing twice gives back once", async () => {
  const device = await deviceOf("tile");
  const before = device.memory.used;
  const buffer = device.buffer("twice", 64);
  const texture = device.texture("twice", 2, 3);
  assertEquals(device.memory.used, before + 64 + 3 * 3 * 16); // a column more: no side is a power of two
  for (const owned of [buffer, buffer, texture, texture]) owned[Symbol.dispose]();
  assertEquals(device.memory.used, before);
});

Deno.test("a buffer or texture larger than the adapter allows is refused with both sizes", async () => {
  const device = await deviceOf("tile");
  const { maxBufferSize, maxStorageBufferBindingSize, maxTextureDimension2D } = device.gpu.limits;
  const before = device.memory.used;
  assertThrows(() => device.buffer("x", maxBufferSize + 4), MemoryError, "the adapter's largest buffer is");
  const [width, height] = [maxTextureDimension2D, Math.floor(maxBufferSize / maxTextureDimension2D / 16) + 1];
  assertThrows(() => device.texture("x", width, height), MemoryError, "the adapter's largest buffer is");
  if (maxStorageBufferBindingSize < device.memory.budget) {
    const y = scale(input("x", [maxStorageBufferBindingSize / 4 + 4]), 2);
    await assertRejects(() => Plan.make(device, { outputs: { y } }), MemoryError, "a binding of");
  }
  assertEquals(device.memory.used, before);
});

Deno.test("values that do not live at the same time share memory", async () => {
  for (const family of FAMILIES) {
    let y = input("x", [64, 64]);
    for (let i = 0; i < 10; i++) y = scale(y, 1.5);
    using plan = await Plan.make(await deviceOf(family), { outputs: { y } });
    // Input, output, and two that take turns.
    assertEquals(plan.bytes, 4 * 64 * 64 * 4);
    plan.run({ x: new Float32Array(64 * 64).fill(1) });
    assertEquals((await plan.read("y"))[5], Math.fround(1.5 ** 10));
  }
});

Deno.test({
  ...ofHalf("a plan in f16 takes half the memory, in textures and in buffers, and gives all of it back"),
  fn: async () => {
    for (const family of FAMILIES) {
      using device = await Device.open({ family });
      const images = input("images", [8, 32, 32, 3], "u8");
      const weight = (n: number) => input(`w${n}`, [16, 3, 3, n]);
      const x = conv2d(normalize(images, { mean: [0, 0, 0], std: [1, 1, 1] }), weight(3), { padding: 1 });
      const y = sum(conv2d(relu(conv2d(x, weight(16), { padding: 1 })), input("w", [16, 1, 1, 16])));
      const bytes: number[] = [];
      for (const precision of ["f32", "f16"] as const) {
        using plan = await Plan.make(device, { outputs: { y }, precision });
        bytes.push(plan.bytes);
        assertEquals(device.memory.used, plan.bytes);
      }
      // The images and the weights are given as they are.
      assert(bytes[1] < 0.6 * bytes[0], `${family}: ${bytes}`);
      assertEquals(device.memory.used, 0);
    }
  },
});
