import { assert, assertEquals } from "@std/assert";
import type { SizeValue } from "../../../engine/device/sizes.ts";
import { deviceOf } from "../families.ts";

Deno.test("equal numbers share a place, and more than a page of them have a buffer of their own", async () => {
  const { sizes, gpu } = await deviceOf("tile");
  const values = (count: number) =>
    Array.from({ length: count }, (_, value): SizeValue => ({ type: "u32", value }));
  const [small, large] = [sizes.binding(values(5)), sizes.binding(values(5000))];
  assertEquals([small.size, large.size, large.offset], [32, 20000, 0]);
  assert(large.buffer !== small.buffer);
  assert(sizes.binding(values(5000)) === large);
  assertEquals(
    large.buffer.size >= 20000 && large.buffer.size <= gpu.limits.maxUniformBufferBindingSize,
    true,
  );
  // The page goes on after it.
  assert(sizes.binding(values(6)).buffer === small.buffer);
});
