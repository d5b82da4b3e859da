import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatDiagnosis, run } from "../../../train/cli/commands/doctor.ts";
import { Device } from "../../../engine/mod.ts";
import { wideVectors } from "../../../train/machine/wide_vectors.ts";
import { cacheFolders, type Diagnosis } from "../../../train/machine/diagnosis.ts";

/** A cache folder that is not there. */
const missing = "no cache";

/** Runs the doctor; what it prints, and the message of what it throws. */
async function doctor(flags: Parameters<typeof run>[0]): Promise<{ out: string; problem: string | null }> {
  let out = "";
  const code = await run(flags, { print: (text) => out += text, cache: missing }).catch((error: Error) =>
    error.message
  );
  return { out, problem: code === 0 ? null : String(code) };
}

/** Runs a function as if WebGPU had this adapter. */
async function withAdapter<T>(adapter: GPUAdapter | null, run: () => Promise<T>): Promise<T> {
  Object.defineProperty(navigator.gpu, "requestAdapter", {
    configurable: true,
    value: () => Promise.resolve(adapter),
  });
  try {
    return await run();
  } finally {
    delete (navigator.gpu as { requestAdapter?: unknown }).requestAdapter;
  }
}

Deno.test("doctor: finds this machine's adapter and measures it, in both families", async () => {
  for (const family of ["tile", "lane"] as const) {
    const { out } = await doctor({ json: true, family });
    const { adapter, device, problem, versions }: Diagnosis = JSON.parse(out);
    assertEquals([problem, device!.family, versions.deno], [null, family, Deno.version.deno]);
    assert(adapter!.name.length > 0 && adapter!.limits.maxStorageBufferBindingSize >= 2 ** 27);
    assertStringIncludes(device!.tuning.file, missing);
    assertEquals([device!.tuning.shapes, device!.tuning.problem], [0, null]);
    using opened = await Device.open({ family });
    assertEquals(device!.subgroups === "none", !opened.hasSubgroups);
    if (opened.subgroup > 0) assertEquals(device!.subgroups, opened.subgroup);
    const { matmul, convolution } = device!.gflops!;
    assert(matmul > 0.01 && convolution > 0.01, `${matmul}, ${convolution} GFLOP/s`);
  }
});

Deno.test("doctor: without an adapter it says what to install", async () => {
  const { out, problem } = await withAdapter(null, () => doctor({ json: false, family: null }));
  assertMatch(out, /^Adapter\n\s+name\s+none found\n/);
  assertStringIncludes(problem!, "libvulkan1 mesa-vulkan-drivers");
});

Deno.test("doctor: of an adapter that is too small it shows the limits and which is missed", async () => {
  const real = (await navigator.gpu.requestAdapter())!;
  const limits = new Proxy(real.limits, {
    get: (limits, name) => name === "maxComputeWorkgroupStorageSize" ? 1024 : limits[name as "maxBufferSize"],
  });
  const small = { info: real.info, features: real.features, limits } as unknown as GPUAdapter;
  const { out, problem } = await withAdapter(small, () => doctor({ json: false, family: null }));
  assertMatch(out, /maxComputeWorkgroupStorageSize +1 KiB/);
  assertStringIncludes(problem!, "maxComputeWorkgroupStorageSize");
});

Deno.test("doctor: a diagnosis reads as sections of aligned facts", () => {
  const text = formatDiagnosis({
    problem: null,
    adapter: {
      name: "Some GPU",
      vendor: "Vendor",
      backend: "Vulkan",
      isFallbackAdapter: false,
      limits: { maxBufferSize: 2 ** 30 - 1, maxTextureDimension2D: 16384 },
      features: { "shader-f16": true },
    },
    device: {
      family: "tile",
      memoryBudget: 2 ** 32,
      subgroups: 32,
      gflops: { matmul: 1234.5, convolution: 56.78 },
      tuning: { off: null, shapes: 42, file: "/d", problem: null },
      hint: "more memory",
    },
    versions: { everyclass: "1", deno: "2", v8: "3", typescript: "4" },
    host: { system: "linux x86_64", threads: 8 },
    caches: { packages: "/a", shaders: "/b", data: "/c" },
  });
  assertEquals(
    text,
    `Adapter
  name                   Some GPU
  vendor                 Vendor
  backend                Vulkan
  software               no
  shader-f16             yes

Limits
  maxBufferSize          1 GiB
  maxTextureDimension2D  16,384

everyclass on it
  kernel family          tile (GPUs)
  memory budget          4 GiB
  subgroups              of 32
  matrix products        1235 GFLOP/s
  3x3 convolutions       56.8 GFLOP/s
  kernel tuning          on; 42 shapes remembered in /d
  hint                   more memory

Versions
  everyclass             1
  deno                   2
  v8                     3
  typescript             4
  system                 linux x86_64, 8 threads

Caches (safe to delete)
  packages               /a
  shaders                /b
  data                   /c`,
  );
});

Deno.test("doctor: llvmpipe's narrow vectors are advised without AVX-512, a comparison with it", () => {
  const [narrow, wide] = ["256", "512"].map((width) => wideVectors(`llvmpipe (LLVM 15.0.6, ${width} bits)`)!);
  assertStringIncludes(narrow, "256 bits at once are best without AVX-512");
  assertStringIncludes(narrow, "LP_NATIVE_VECTOR_WIDTH=512 deno task doctor");
  assertStringIncludes(wide, "unset LP_NATIVE_VECTOR_WIDTH");
  for (const hint of [narrow, wide]) assertStringIncludes(hint, "grep -c avx512f /proc/cpuinfo");
  assertEquals(wideVectors("Some GPU"), null);
});

Deno.test("doctor: cache folders follow the environment", () => {
  const of = (env: Record<string, string>) => cacheFolders((name) => env[name]);
  const { packages, shaders } = of({ HOME: "/h" });
  assertEquals([packages, shaders], ["/h/.cache/deno", "/h/.cache/mesa_shader_cache"]);
  const set = of({ HOME: "/h", XDG_CACHE_HOME: "/x", DENO_DIR: "/d", MESA_SHADER_CACHE_DIR: "/m" });
  assertEquals([set.packages, set.shaders], ["/d", "/m/mesa_shader_cache"]);
  assertEquals(of({ HOME: "/h", XDG_CACHE_HOME: "/x" }).shaders, "/x/mesa_shader_cache");
});
