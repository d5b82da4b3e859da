import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { Device, input, matmul, Plan } from "../../../engine/mod.ts";
import { valueDigest } from "../../../train/machine/digest.ts";
import { keptTuning, type TuneMode, tuningPath, tuningState } from "../../../train/machine/tuning_file.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import { adapterWith } from "../../engine/adapters.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

/** Plans a product on a device with a kept tuning; what was told, and what is known then. */
async function planned(device: Device, mode: TuneMode, cache: string) {
  let told = "";
  const progress = new TerminalProgress({ mode: "lines", write: (text) => told += text });
  device.tuning = await keptTuning(device, mode, cache, progress);
  using _plan = await Plan.make(device, {
    outputs: { y: matmul(input("a", [40, 32]), input("b", [32, 64])) },
  });
  return { told, entries: device.tuning?.entries ?? null };
}

Deno.test("what a tuning learns is kept for the adapter, and not timed again", async () => {
  const cache = problem.path("tuned");
  using device = await Device.open({ family: "tile" });
  const path = tuningPath(device, cache);
  const first = await planned(device, "on", cache);
  assertStringIncludes(first.told, `Timing the kernels of up to 1 shapes on ${device.adapter}`);
  assertStringIncludes(first.told, "Timed 1 in ");
  const sealed = (entries: object) => ({ entries, sha256: valueDigest(entries) });
  assertEquals(JSON.parse(Deno.readTextFileSync(path)), sealed(first.entries!));
  assertEquals(await planned(device, "on", cache), { told: "", entries: first.entries });

  const [key] = Object.keys(first.entries!);
  const other = { "of another run": 3 };
  Deno.writeTextFileSync(path, JSON.stringify({ entries: { ...other, [key]: 1 } }));
  assertEquals((await planned(device, "on", cache)).entries, { [key]: 1, ...other });

  const whole = JSON.stringify(sealed({ [key]: 12 }));
  const flipped = ["12", "sha256", valueDigest({ [key]: 12 }), key].map((part) => {
    const at = whole.indexOf(part);
    return whole.slice(0, at) + String.fromCharCode(whole.charCodeAt(at) ^ 1) + whole.slice(at + 1);
  });
  for (const damaged of ["{", '{ "entries": { "x": -1 } }', "{}", ...flipped]) {
    Deno.writeTextFileSync(path, damaged);
    const { told, entries } = await planned(device, "on", cache);
    assertStringIncludes(told, `${path} is not used, kernels are timed again: `);
    assertEquals(Object.keys(entries!), [key]);
    assertEquals(JSON.parse(Deno.readTextFileSync(path)), sealed(entries!));
    assertEquals((await planned(device, "on", cache)).told, ""); // it is said once
  }
});

Deno.test("kernels are tuned by themselves on GPUs alone, and nowhere when it is off or there is no timer", async () => {
  const cache = problem.path("untuned");
  const modeTunes = async (gpu: GPU, mode: TuneMode) => {
    using device = await Device.open({ family: "tile", gpu });
    return await keptTuning(device, mode, cache, new TerminalProgress({ mode: "quiet" })) !== null;
  };
  const gpu = await adapterWith({ info: { isFallbackAdapter: false, description: "A GPU" } });
  const cpu = await adapterWith({ info: { isFallbackAdapter: true, description: "A CPU" } });
  const untimed = await adapterWith({ features: new Set<string>() });
  assert(await modeTunes(gpu, "auto") && await modeTunes(gpu, "on") && await modeTunes(cpu, "on"));
  assert(!await modeTunes(cpu, "auto") && !await modeTunes(untimed, "on") && !await modeTunes(gpu, "off"));
});

Deno.test("a tuning whose file cannot be read or written goes on, and says so", async () => {
  const cache = problem.path("not writable");
  Deno.mkdirSync(cache, { recursive: true });
  Deno.writeTextFileSync(problem.path("not writable", "tuning"), "a file in place of the folder");
  using device = await Device.open({ family: "tile" });
  const { told, entries } = await planned(device, "on", cache);
  assertStringIncludes(told, "Cannot save the times of kernels: ");
  assertEquals(Object.keys(entries!).length, 1);
});

Deno.test("what is kept of a tuning can be told: whether kernels are tuned, how many are known, and where", async () => {
  const cache = problem.path("told");
  const state = async (gpu: GPU) => {
    using device = await Device.open({ family: "tile", gpu });
    return { path: tuningPath(device, cache), found: await tuningState(device, cache) };
  };
  const gpu = await adapterWith({ info: { isFallbackAdapter: false, description: "A GPU" } });
  const { path, found } = await state(gpu);
  assertEquals(found, { off: null, shapes: 0, file: path, problem: null });
  Deno.mkdirSync(problem.path("told", "tuning"), { recursive: true });
  Deno.writeTextFileSync(path, `{ "entries": { "a": 1, "b": 0 } }`);
  assertEquals((await state(gpu)).found, { off: null, shapes: 2, file: path, problem: null });
  Deno.writeTextFileSync(path, "{");
  const { shapes, problem: wrong } = (await state(gpu)).found;
  assertEquals([shapes, wrong !== null], [0, true]);

  const cpu = await adapterWith({ info: { isFallbackAdapter: true, description: "A CPU" } });
  assertStringIncludes((await state(cpu)).found.off!, "tune=on");
  const untimed = { info: { isFallbackAdapter: false, description: "A GPU" }, features: new Set<string>() };
  assertStringIncludes((await state(await adapterWith(untimed))).found.off!, "timestamp-query");
});

Deno.test("the file of a tuning is of one adapter", () => {
  const of = (description: string) => {
    const info = { vendor: "v", architecture: "a", device: "d", description } as GPUAdapterInfo;
    return tuningPath({ info, adapter: description }, "cache");
  };
  assert(/^cache[\\/]tuning[\\/]gpu-x-1-0-[0-9a-f]{16}\.json$/.test(of("GPU X (1.0)")));
  assertEquals(of("GPU X (1.0)"), of("GPU X (1.0)"));
  assertNotEquals(of("GPU X (1.0)"), of("GPU X (1.1)"));
});

Deno.test("a run with tuned kernels comes to the same bits as one without", async () => {
  const cache = problem.path("run cache");
  const run = async (name: string, tune: TuneMode) => {
    const { code, err } = await everyclass(
      ["finetune", ...problem.flags(name, `epochs=1 tune=${tune}`)],
      () => {},
      cache,
    );
    assertEquals(code, 0, err);
    return { err, weights: Deno.readFileSync(problem.path(name, "checkpoint.safetensors")) };
  };
  const plain = await run("plain", "off");
  assert(!plain.err.includes("Timing the kernels"));
  const tuned = await run("tuned run", "on");
  assertStringIncludes(tuned.err, "Timing the kernels");
  assertEquals(tuned.weights, plain.weights);
  const again = await run("tuned again", "on");
  // All is known, unless the machine is ten times slower than most and there was no time for some.
  assert(!again.err.includes("Timing the kernels") || tuned.err.includes("; no time for"), again.err);
  assertEquals(again.weights, plain.weights);
});
