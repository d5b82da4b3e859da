// What a plan computed, read on the host or copied on the device.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DeviceError } from "../../../engine/graph/errors.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { input, parameter } from "../../../engine/graph/source.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../check.ts";

const filled = (length: number, value: number) => new Float32Array(length).fill(value);

Deno.test("bytes are read as numbers", async () => {
  const x = input("x", [2, 5], "u8");
  using plan = await Plan.make(await deviceOf("tile"), { outputs: { x } });
  plan.run({ x: Uint8Array.from({ length: 10 }, (_, i) => 25 * i) });
  assertEquals(await plan.read("x"), Float32Array.from({ length: 10 }, (_, i) => 25 * i));
});

Deno.test("an output has no values before the first run and after the plan was disposed of", async () => {
  const device = await deviceOf("tile");
  const plan = await Plan.make(device, { outputs: { y: scale(input("x", [4]), 2) } });
  await assertRejects(() => plan.read("y"), DeviceError, "Cannot read y: the plan has not run yet");
  plan.run({ x: filled(4, 1) });
  using bank = device.buffer("bank", 64);
  assertThrows(() => plan.copyOutput("y", bank, 0, 20), RangeError, "at most 16 bytes, current are 20");
  assertThrows(() => plan.copyOutput("y", bank, 52, 16), RangeError, "at most 12 bytes, current are 16");
  plan[Symbol.dispose]();
  await assertRejects(() => plan.read("y"), DeviceError, "Cannot read y: the plan was disposed of");
  assertThrows(() => plan.copyOutput("y", bank, 0, 16), DeviceError, "was disposed of");
  await device.finish(); // none of it reached the device
});

Deno.test("an output is copied on the device", async () => {
  const device = await deviceOf("lane");
  using plan = await Plan.make(device, { outputs: { y: scale(input("x", [2, 4]), 3) } });
  using bank = device.buffer("bank", 64);
  plan.run({ x: filled(8, 1) });
  plan.copyOutput("y", bank, 16, 32);
  assertEquals([...new Float32Array(await device.read(bank.buffer, 0, 64))], [
    ...filled(4, 0),
    ...filled(8, 3),
    ...filled(4, 0),
  ]);
});

Deno.test("rows of an output are copied into a store on the device, and what is kept of it is stale then", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const rows = parameter("rows", [5, 3]);
    using store = new Parameters(device, [parameter("first", [2]), rows], "rows");
    using plan = await Plan.make(device, { outputs: { y: scale(input("x", [4, 3]), 2) } });
    using reader = await Plan.make(device, { outputs: { z: scale(rows, 10) }, parameters: [store] });
    reader.run();
    plan.run({ x: Float32Array.from({ length: 12 }, (_, i) => i) });
    plan.copyRows("y", 1, store, rows, 3, 2);
    reader.run();
    assertEquals([...await reader.read("z")], [...filled(9, 0), 60, 80, 100, 120, 140, 160]);
    const given = "current are 2 from row 3 to row 0 of";
    assertThrows(() => plan.copyRows("y", 3, store, rows, 0, 2), RangeError, given);
    assertThrows(() => plan.copyRows("y", 0, store, rows, 4, 2), RangeError, "takes rows that both have");
    assertThrows(
      () => plan.copyRows("y", 0, store, parameter("z", [4, 3]), 0, 1),
      TypeError,
      "does not hold it",
    );
  }
});
