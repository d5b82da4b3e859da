import { assert, assertEquals } from "@std/assert";
import { Device } from "../../../engine/mod.ts";

/** Numbers that a kernel is given, each with its type. */
type Values = Parameters<Device["sizes"]["binding"]>[0];

/** The words that a kernel reads in a set of sizes. */
async function wordsOf(device: Device, values: Values): Promise<Uint32Array> {
  const binding = device.sizes.binding(values);
  const wgsl = `@group(0) @binding(0) var<uniform> given: vec4u;
    @group(0) @binding(1) var<storage, read_write> seen: vec4u;
    @compute @workgroup_size(1) fn main() { seen = given; }`;
  const pipeline = device.pipelines.of({ label: "seen", wgsl, constants: {} });
  using seen = device.buffer("seen", 16);
  const resources: GPUBindingResource[] = [binding, { buffer: seen.buffer }];
  const encoder = device.gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.gpu.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  device.queue.submit(encoder);
  return new Uint32Array(await device.read(seen.buffer, 0, 16));
}

Deno.test("a kernel reads the sizes that it is given, each as its type", async () => {
  await using device = await Device.open();
  const words = await wordsOf(device, [
    { type: "u32", value: 4_000_000_000 },
    { type: "i32", value: -3 },
    { type: "f32", value: 0.1 },
    { type: "u32", value: 7 },
  ]);
  assertEquals(words[0], 4_000_000_000);
  assertEquals(words[1] | 0, -3);
  assertEquals(new Float32Array(words.buffer)[2], Math.fround(0.1));
  assertEquals(words[3], 7);
});

Deno.test("equal sizes share a place, and other sizes never take it, over many buffers", async () => {
  await using device = await Device.open();
  const of = (value: number, type: Values[0]["type"] = "u32") => device.sizes.binding([{ type, value }]);
  const first = of(0);
  const places = Array.from({ length: 1000 }, (_, value) => of(value));
  assert(new Set(places.map(({ buffer }) => buffer)).size > 1, "a thousand sizes fill more than one buffer");
  assertEquals(new Set(places).size, 1000);
  const seen = new Map<GPUBuffer, Set<number>>();
  for (const { buffer, offset = 0, size = 0 } of places) {
    const offsets = seen.get(buffer) ?? new Set();
    assert(!offsets.has(offset) && offset + size <= buffer.size, `${offset} is taken, or beyond the buffer`);
    seen.set(buffer, offsets.add(offset));
  }
  assertEquals(of(0), first);
  assert(of(1, "f32") !== of(1), "a number of another type is another size");
  assertEquals((await wordsOf(device, [{ type: "u32", value: 999 }]))[0], 999);
});

Deno.test("equal numbers share a place, and more than a page of them have a buffer of their own", async () => {
  await using device = await Device.open();
  const { sizes, gpu } = device;
  const values = (count: number) =>
    Array.from({ length: count }, (_, value) => ({ type: "u32" as const, value }));
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
