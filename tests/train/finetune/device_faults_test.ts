// An adapter that is missing, too small or lost, and too little memory.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MemoryError } from "../../../engine/mod.ts";
import { finetune } from "../../../train/finetune/finetune.ts";
import { newWork } from "../../../train/saved/work.ts";
import { everyclass, filesIn } from "../command.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

/** Runs a function while WebGPU offers what `change` makes of this machine's adapter. */
async function withAdapter<T>(
  change: (real: GPUAdapter) => GPUAdapter | null,
  run: () => Promise<T>,
): Promise<T> {
  const real = (await navigator.gpu.requestAdapter())!;
  const value = () => Promise.resolve(change(real));
  Object.defineProperty(navigator.gpu, "requestAdapter", { configurable: true, value });
  try {
    return await run();
  } finally {
    delete (navigator.gpu as { requestAdapter?: unknown }).requestAdapter;
  }
}

/** An adapter with some of its properties changed. */
function changed(real: GPUAdapter, properties: Partial<Record<keyof GPUAdapter, unknown>>): GPUAdapter {
  const { info, features, limits } = real;
  const requestDevice = (descriptor: GPUDeviceDescriptor) => real.requestDevice(descriptor);
  return { info, features, limits, requestDevice, ...properties } as unknown as GPUAdapter;
}

Deno.test("without an adapter, or with one that is too small, nothing is begun", async () => {
  const missing = await withAdapter(
    () => null,
    () => everyclass(["finetune", ...problem.flags("none"), "--quiet"]),
  );
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.err, "error: Cannot open a WebGPU device");
  assertStringIncludes(missing.err, "libvulkan1 mesa-vulkan-drivers");

  const small = (real: GPUAdapter) =>
    changed(real, {
      limits: new Proxy(real.limits, {
        get: (limits, name) =>
          name === "maxComputeWorkgroupStorageSize" ? 1024 : limits[name as "maxBufferSize"],
      }),
    });
  const { code, err } = await withAdapter(
    small,
    () => everyclass(["evaluate", ...problem.flags("none"), "--quiet"]),
  );
  assertEquals(code, 1);
  assertStringIncludes(
    err,
    "it takes maxComputeWorkgroupStorageSize of at least 16384 for lane kernels, current is 1024",
  );
  assert(!filesIn(problem.folder).includes("none"));
});

Deno.test("a run whose adapter is lost keeps its work and goes on with another", async () => {
  const whole = await everyclass(["finetune", ...problem.flags("whole", "statistics=updated"), "--quiet"]);
  assertEquals(whole.code, 0, whole.err);

  let device: GPUDevice | null = null;
  const kept = (real: GPUAdapter) =>
    changed(real, {
      requestDevice: async (descriptor: GPUDeviceDescriptor) => device = await real.requestDevice(descriptor),
    });
  const lost = await withAdapter(
    kept,
    () =>
      everyclass(["finetune", ...problem.flags("lost", "statistics=updated")], (line) => {
        if (line.includes("epoch 2 of 3")) device!.destroy();
      }),
  );
  assertEquals(lost.code, 1, lost.err);
  assertStringIncludes(lost.err, "error: Cannot go on with this device");
  assertStringIncludes(lost.err, `deno task finetune --resume ${problem.path("lost")}`);
  assertEquals(filesIn(problem.path("lost")), [
    "checkpoint.safetensors",
    "config.yaml",
    "metrics.csv",
    "work-before.safetensors",
    "work.safetensors",
  ]);

  const resumed = await everyclass(["finetune", "--resume", problem.path("lost"), "--quiet"]);
  assertEquals(resumed, { code: 0, out: "", err: "" });
  const [expected, actual] = ["whole", "lost"].map((run) =>
    Deno.readFileSync(problem.path(run, "checkpoint.safetensors"))
  );
  assertEquals(actual, expected);
});

Deno.test("a memory budget that does not hold the run ends it before it is passed", async () => {
  const memoryBudget = 2 ** 19; // the weights fit, what is between two layers does not, not even of one image
  const { setup, config } = await problem.setUp(`memoryBudget=${memoryBudget / 2 ** 30}`);
  using _setup = setup;
  const before = setup.device.memory.used;
  const listeners = {
    progress: quiet,
    signal: new AbortController().signal,
    onEpoch: () => Promise.resolve(),
  };
  const run = () => finetune(setup, config, newWork(), listeners);
  const { message } = await assertRejects(run, MemoryError, "for one of them, current budget of 0.5 MiB");
  assertStringIncludes(message, "raise memoryBudget");
  assert(setup.device.memory.peak <= memoryBudget);
  assertEquals(setup.device.memory.used, before);
  await assertRejects(
    () => problem.setUp("memoryBudget=1e-6"),
    MemoryError,
    "Cannot allocate backbone",
  );
});

Deno.test("an adapter that refuses a device is an error of its own", async () => {
  const refusing = (real: GPUAdapter) =>
    changed(real, {
      requestDevice: () => Promise.reject(new DOMException("no more of them", "OperationError")),
    });
  const { code, err } = await withAdapter(
    refusing,
    () => everyclass(["evaluate", ...problem.flags("none"), "--quiet"]),
  );
  assertEquals(code, 1);
  assertStringIncludes(err, "error: Cannot open a device on ");
  assertStringIncludes(err, ": no more of them");
});
