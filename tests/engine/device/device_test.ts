import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { DeviceError, DeviceLostError, MemoryError } from "../../../engine/graph/errors.ts";
import { apply, defineOp, type Op } from "../../../engine/graph/node.ts";
import { input } from "../../../engine/graph/source.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { Device } from "../../../engine/device/device.ts";
import { DEFAULT_MEMORY_BUDGET } from "../../../engine/device/memory.ts";
import { Plan } from "../../../engine/plan/plan.ts";
import { adapterOf, adapterWith, adapterWithin, GPU_INFO, machine } from "../adapters.ts";

Deno.test("a machine without an adapter is told what to install", async () => {
  const text = "install a software driver (Debian: apt-get install libvulkan1 mesa-vulkan-drivers)";
  await assertRejects(() => Device.open({ gpu: machine(null) }), DeviceError, text);
});

Deno.test("an adapter that is too small for a family is refused with the limit that it misses", async () => {
  const roomy = {
    maxStorageBuffersPerShaderStage: 8,
    maxStorageTexturesPerShaderStage: 4,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 32768,
  };
  const refused = (family: "tile" | "lane", limits: Partial<typeof roomy>, message: string) => {
    const gpu = machine({ info: { description: "A GPU" }, limits: { ...roomy, ...limits } });
    return assertRejects(() => Device.open({ gpu, family }), DeviceError, message);
  };
  for (const family of ["tile", "lane"] as const) {
    await refused(
      family,
      { maxComputeInvocationsPerWorkgroup: 128 },
      `Cannot use this adapter: it takes maxComputeInvocationsPerWorkgroup of at least 256 for ${family} kernels, ` +
        "current is 128",
    );
  }
  const three = { maxStorageTexturesPerShaderStage: 3 };
  await refused(
    "lane",
    three,
    "maxStorageTexturesPerShaderStage of at least 4 for lane kernels, current is 3",
  );
  using device = await Device.open({ gpu: await adapterWithin(three), family: "tile" });
  assertEquals(device.family, "tile");
});

Deno.test("of several adapters the fastest is asked for", async () => {
  const asked: unknown[] = [];
  const gpu = { requestAdapter: (options: unknown) => (asked.push(options), Promise.resolve(null)) };
  await assertRejects(() => Device.open({ gpu: gpu as unknown as GPU }), DeviceError);
  assertEquals(asked, [{ powerPreference: "high-performance" }]);
});

Deno.test("of a limit without a bound no more is asked for than a request may have", async () => {
  const real = (await navigator.gpu.requestAdapter())!;
  let asked: Record<string, number> = {};
  const limits = new Proxy(real.limits, {
    get: (limits, key) => key === "maxBufferSize" ? 2 ** 64 : Reflect.get(limits, key, limits),
  });
  const requestDevice = ({ requiredLimits }: { requiredLimits: Record<string, number> }) => {
    asked = requiredLimits;
    return real.requestDevice();
  };
  using _device = await Device.open({
    gpu: machine({ info: real.info, features: new Set(), limits, requestDevice }),
  });
  assertEquals(asked.maxBufferSize, Number.MAX_SAFE_INTEGER);
  assertEquals(asked.maxStorageBufferBindingSize, real.limits.maxStorageBufferBindingSize);
});

Deno.test("software adapters take the lane family, others the tile family, unless told", async () => {
  const familyOn = async (info: object, family?: "tile" | "lane") => {
    using device = await Device.open({ gpu: await adapterWith({ info }), family });
    return device.family;
  };
  const gpu = GPU_INFO;
  assertEquals(await familyOn(gpu), "tile");
  assertEquals(await familyOn({ ...gpu, isFallbackAdapter: true }), "lane");
  assertEquals(await familyOn({ ...gpu, description: "llvmpipe (LLVM 15.0.6, 256 bits)" }), "lane");
  assertEquals(await familyOn(gpu, "lane"), "lane");
});

Deno.test("an adapter without timestamps opens, and says so when it is to time", async () => {
  const gpu = await adapterWith({ features: new Set() });
  using device = await Device.open({ gpu });
  using plan = await Plan.make(device, { outputs: { y: relu(input("x", [4])) } });
  await assertRejects(
    () => plan.profile({ x: new Float32Array(4) }),
    DeviceError,
    "it has no timestamp-query",
  );
});

Deno.test("an adapter without f16 opens, and says so when a plan is to store in it", async () => {
  using device = await Device.open({ gpu: await adapterWith({ features: new Set(["timestamp-query"]) }) });
  assertEquals(device.hasF16, false);
  await assertRejects(
    () => Plan.make(device, { outputs: { y: relu(input("x", [4])) }, precision: "f16" }),
    DeviceError,
    "it takes an adapter with shader-f16, current has none: plan in f32",
  );
});

/** The machine's adapter with these features in its list, and what its devices are asked for. */
async function adapterThatLists(features: readonly string[], refuses: string | null = null) {
  const asked: string[][] = [];
  const real = (await navigator.gpu.requestAdapter())!;
  const requestDevice = async (descriptor: GPUDeviceDescriptor) => {
    const wanted = [...descriptor.requiredFeatures ?? []] as string[];
    asked.push(wanted);
    if (refuses !== null && wanted.includes(refuses)) throw new TypeError(`no ${refuses} here`);
    return await real.requestDevice({ ...descriptor, requiredFeatures: [] });
  };
  return { asked, gpu: await adapterWith({ features: new Set(features), requestDevice }) };
}

Deno.test("subgroups are asked for by trying, whether the adapter lists them or not, unless told", async () => {
  for (
    const [features, subgroups, expected] of [
      [[], true, [["subgroups"]]],
      [["subgroups", "shader-f16"], true, [["shader-f16", "subgroups"]]],
      [["subgroups"], false, [[]]],
    ] as const
  ) {
    const { gpu, asked } = await adapterThatLists(features);
    using _device = await Device.open({ gpu, subgroups });
    assertEquals(asked, expected as unknown as string[][]);
  }
});

Deno.test("an adapter that refuses subgroups opens without them", async () => {
  const { gpu, asked } = await adapterThatLists([], "subgroups");
  using device = await Device.open({ gpu });
  assertEquals(asked, [["subgroups"], []]);
  assertEquals([device.hasSubgroups, device.subgroup], [false, 0]);
  using plan = await Plan.make(device, { outputs: { y: relu(input("x", [4])) } });
  plan.run({ x: Float32Array.of(-1, 2, -3, 4) });
  assertEquals([...await plan.read("y")], [0, 2, 0, 4]);
});

Deno.test("a device told to do without subgroups has none", async () => {
  using device = await Device.open({ subgroups: false });
  assertEquals([device.hasSubgroups, device.subgroup, device.leastSubgroup], [false, 0, 0]);
});

Deno.test("a device knows how many invocations every subgroup has at least, of 4 to 64", async () => {
  const changes = () => ({ features: new Set(["subgroups"]) });
  for (const [told, least] of [[undefined, 4], [0, 4], [8, 8], [32, 32], [128, 64]]) {
    const info = { ...GPU_INFO, subgroupMinSize: told, subgroupMaxSize: 128 };
    using device = await Device.open({ gpu: await adapterOf(changes, { info }) });
    assertEquals(device.leastSubgroup, least);
  }
});

Deno.test("shaders enable subgroups where they are granted and the adapter lists them", async () => {
  for (const [listed, granted] of [[true, true], [true, false], [false, true]]) {
    const codes: string[] = [];
    const changes = (gpu: GPUDevice) => ({
      features: new Set(granted ? ["subgroups"] : []),
      createShaderModule: ({ code }: GPUShaderModuleDescriptor) => {
        codes.push(code);
        // The machine's own implementation may refuse the directive.
        return gpu.createShaderModule({ code: "@compute @workgroup_size(1) fn main() {}" });
      },
    });
    const features = new Set(listed ? ["subgroups"] : []);
    using device = await Device.open({ gpu: await adapterOf(changes, { features }) });
    device.pipelines.of({ label: "none", wgsl: "@compute @workgroup_size(1) fn main() {}", constants: {} });
    assertEquals(codes.map((code) => /^enable subgroups;\n/.test(code)), [listed && granted]);
  }
});

Deno.test("a device knows its adapter and its budget", async () => {
  using device = await Device.open();
  assert(device.adapter.length > 0);
  assertEquals(device.memory.budget, DEFAULT_MEMORY_BUDGET);
  device.check();
});

Deno.test("an error of the GPU surfaces at the next check", async () => {
  using device = await Device.open();
  device.gpu.createBuffer({ label: "of no use", size: 16, usage: 0xffff });
  await assertRejects(() => device.finish(), DeviceError, "Cannot go on with this device: it reported: ");
  assertThrows(() => device.check(), DeviceError, "it reported");
  using owned = device.buffer("x", 16);
  await assertRejects(() => device.read(owned.buffer, 0, 16), DeviceError, "it reported");
});

Deno.test("a plan that failed leaves no error scope open", async () => {
  using device = await Device.open();
  const y = relu(input("x", [device.gpu.limits.maxStorageBufferBindingSize / 4 + 4]));
  await assertRejects(() => Plan.make(device, { outputs: { y } }), MemoryError, "a binding of");
  device.gpu.createBuffer({ size: 16, usage: 0xffff });
  await assertRejects(() => device.finish(), DeviceError, "it reported");
});

Deno.test("a plan that was disposed of does not run, and harms nothing", async () => {
  using device = await Device.open();
  const plan = await Plan.make(device, { outputs: { y: relu(input("x", [4])) } });
  plan[Symbol.dispose]();
  assertThrows(() => plan.run({ x: new Float32Array(4) }), DeviceError, "it was disposed of");
  await device.finish();
});

Deno.test("a read that a lost device fails says that it was lost", async () => {
  // The device's own news of its loss comes late, as on a busy machine.
  const late = async (lost: Promise<GPUDeviceLostInfo>) => {
    const news = await lost;
    await new Promise((resolve) => setTimeout(resolve, 150));
    return news;
  };
  const device = await Device.open({ gpu: await adapterOf((gpu) => ({ lost: late(gpu.lost) })) });
  const buffer = device.buffer("x", 16);
  device.gpu.destroy();
  await assertRejects(() => device.read(buffer.buffer, 0, 16), DeviceError, "it was lost (destroyed)");
});

Deno.test("a lost device surfaces at the next check, a closed one does not", async () => {
  const lost = await Device.open();
  const closed = await Device.open();
  using plan = await Plan.make(lost, { outputs: { y: relu(input("x", [4])) } });
  lost.gpu.destroy();
  closed[Symbol.dispose]();
  await Promise.all([lost.gpu.lost, closed.gpu.lost]);
  assertThrows(() => lost.check(), DeviceLostError, "Cannot go on with this device: it was lost (destroyed)");
  assertThrows(() => plan.run({ x: new Float32Array(4) }), DeviceError, "it was lost");
  closed.check();
});

Deno.test("a shader that does not compile is a DeviceError that names it, every time", async () => {
  const broken: Op<null> = defineOp<null>({
    name: "broken",
    infer: ([x]) => ({ shape: x.shape, dtype: "f32" as const }),
    reference: (_, [x]) => x,
    lower: () => ({
      kernels: [{
        label: "broken_kernel",
        code: "//#vec4 y write\n@compute @workgroup_size(1) fn main() { store_y(0u, 0u, oops); }",
        bind: { y: { output: true } },
        constants: {},
        workgroups: [1, 1, 1],
      }],
    }),
  });
  using device = await Device.open();
  const y = apply(broken, [input("x", [4])], null);
  for (let i = 0; i < 2; i++) {
    const { message } = await assertRejects(() => Plan.make(device, { outputs: { y } }), DeviceError);
    assertMatch(
      message,
      /^Cannot plan this graph on .*: kernel broken_kernel does not compile, line \d+, @compute .* oops\); }: .*\boops\b/,
    );
    assert(!message.includes("\n"), message);
  }
  assertEquals(device.memory.used, 0);
  device.check();
});

/** The machine's adapter, whose device has this error in its scopes of a filter. */
function adapterThatRefuses(filter: GPUErrorFilter, error: () => GPUError): Promise<GPU> {
  const scopes: GPUErrorFilter[] = [];
  return adapterOf((gpu) => ({
    pushErrorScope: (filter: GPUErrorFilter) => (scopes.push(filter), gpu.pushErrorScope(filter)),
    popErrorScope: async () => {
      const scope = scopes.pop();
      const own = await gpu.popErrorScope();
      return scope === filter ? error() : own;
    },
  }));
}

const REFUSALS = [
  {
    name: "a plan that the adapter has no memory for is a MemoryError, whatever the budget",
    filter: "out-of-memory",
    error: () => new GPUOutOfMemoryError("Not enough memory left."),
    type: MemoryError,
    text: "Not enough memory left.: lower the batch size, or close what else uses the GPU",
  },
  {
    name: "a kernel that the driver's compiler refuses is a DeviceError of the plan",
    filter: "internal",
    error: () => new GPUInternalError("the compiler gave up"),
    type: DeviceError,
    text: "Cannot plan this graph on ",
  },
] as const;

for (const { name, filter, error, type, text } of REFUSALS) {
  Deno.test(`${name}; it frees its own and does not end the device`, async () => {
    using device = await Device.open({ gpu: await adapterThatRefuses(filter, error) });
    const y = relu(input("x", [1024]));
    await assertRejects(() => Plan.make(device, { outputs: { y } }), type, text);
    assertEquals(device.memory.used, 0);
    device.check();
  });
}

Deno.test("an adapter without memory for a buffer of no plan says what helps", async () => {
  using device = await Device.open();
  const error = new GPUOutOfMemoryError("Not enough memory left.");
  device.gpu.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error }));
  assertThrows(
    () => device.check(),
    DeviceError,
    "it reported: Not enough memory left.: lower the batch size",
  );
});
