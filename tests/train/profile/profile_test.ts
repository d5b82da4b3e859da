import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ChromeTrace } from "../../../train/profile/chrome_trace.ts";
import type { Profile } from "../../../train/profile/profile.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

/** A config that only `train` takes. */
const trainConfig = problem.path("ce.yaml");
Deno.writeTextFileSync(
  trainConfig,
  "network: resnet8\nbatch: 16\ntrain: all\ndata: { source: idx, ratio: 10, augment: { pad: 1 } }\n",
);

/** One that only `finetune` takes. */
const finetuneConfig = problem.path("gml.yaml");
Deno.writeTextFileSync(finetuneConfig, "loss: gml\nviews: 2\nbatch: 24\ndata: { source: idx, ratio: 10 }\n");

async function profile(...args: string[]): Promise<{ facts: Record<string, string>; profiles: Profile[] }> {
  const { code, out, err } = await everyclass(["profile", ...args, "--json", "--quiet"]);
  assertEquals([code, err], [0, ""]);
  const { profiles, ...facts } = JSON.parse(out);
  return { facts, profiles };
}

Deno.test("profile: of a config of train a step, its trace adds up to the dispatches", async () => {
  const trace = problem.path("trace.json");
  const { facts, profiles: [step, ...others] } = await profile(
    ...["--config", trainConfig, "--data", problem.data, "--trace", trace],
  );
  assertEquals([others.length, step.name, step.images, step.sections.length], [0, "training step", 16, 1]);
  assertMatch(facts.images, /12 x 12 x 1 in 4 classes$/);
  assert(step.memory.planned > 0 && step.memory.planned === step.memory.allocated);
  const { planning, making, first, step: later } = step.ms;
  assert([planning, making, first, later].every((ms) => ms > 0), JSON.stringify(step.ms));
  const { dispatches } = step.sections[0];
  assertEquals(dispatches.at(-1)!.op, "sgd");
  assert(dispatches.every(({ ms, count }) => ms !== null && ms >= 0 && count === 1));
  const conv = dispatches.find(({ op }) => op === "conv2d")!;
  assertEquals([conv.shape, conv.flops], [[16, 12, 12, 16], 2 * 16 * 12 * 12 * 16 * 9]);

  const { traceEvents, displayTimeUnit }: ChromeTrace = JSON.parse(Deno.readTextFileSync(trace));
  assertEquals(displayTimeUnit, "ms");
  const spans = traceEvents.filter(({ ph }) => ph === "X");
  assertEquals(spans.map(({ name, cat }) => [name, cat]), dispatches.map(({ kernel, op }) => [kernel, op]));
  let end = 0;
  spans.forEach(({ ts, dur, pid, tid, args }, i) => {
    assert(Math.abs(ts! - end) < 1e-3 && Math.abs(dur! - 1000 * dispatches[i].ms!) < 1e-3, `${ts} at ${end}`);
    assertEquals([args.shape, args.bytes], [dispatches[i].shape, dispatches[i].bytes]);
    assert(
      traceEvents.some((event) => event.name === "thread_name" && event.pid === pid && event.tid === tid),
    );
    end = ts! + dur!;
  });
});

Deno.test("profile: of a config of finetune a forward batch and a step of the classifier", async () => {
  const { profiles } = await profile(
    ...["--config", finetuneConfig, "--data", problem.data, "--checkpoint", problem.checkpoint],
  );
  assertEquals(profiles.map(({ name, images }) => [name, images]), [
    ["forward batch", 128],
    ["step of the classifier", 24],
  ]);
  const [forward, step] = profiles.map(({ sections }) => sections[0].dispatches.map(({ op }) => op));
  assert(forward.includes("conv2d") && !forward.includes("sgd"));
  assert(step.includes("gml") && step.includes("sgd") && !step.includes("conv2d"));
});

Deno.test("profile: a batch in parts has each plan once, and how often it runs", async () => {
  const { profiles: [{ sections, memory }] } = await profile(
    ...["--config", trainConfig, "--data", problem.data, "--set", "microBatch=6"],
  );
  assertEquals(sections.map(({ name, dispatches }) => [name, dispatches[0].count]), [
    ["encode, 6 images", 1],
    ["encode, 5 images", 2],
    ["judge", 1],
    ["descend, 6 images", 1],
    ["descend, 5 images", 2],
    ["update", 1],
  ]);
  assertEquals(memory.planned, memory.allocated);
});

Deno.test("profile: without the config's images they are made up, and it says so", async () => {
  const { code, out, err } = await everyclass(["profile", "--config", trainConfig, "--set", "batch=4"]);
  assertEquals(code, 0, err);
  assertStringIncludes(err, "The images are synthetic, for the config's are not there (Cannot find");
  assertMatch(
    out,
    /^resnet8 on Synthetic images, 28 x 28 x 1 in 10 classes, by .+ with the (lane|tile) kernels\n/,
  );
  assertMatch(
    out,
    /\nkernel +op +shape +MB +GFLOP +ms +GFLOP\/s +GB\/s +share\nnormalize +normalize +4x28x28x1 /,
  );
  // Which kernel takes longest is up to the machine.
  assertMatch(
    out,
    /\nBy kernel:\nkernel +dispatches +MB +GFLOP +ms +GFLOP\/s +GB\/s +share\n(?:\w.*\n)*conv2d_\w+ +\d/,
  );
  assertMatch(out, /\n {2}memory +(\d+\.\d) MiB planned, \1 MiB allocated, beside the weights\n$/);

  const { facts } = await profile("--config", trainConfig, "--classes", "7", "--set", "batch=4");
  assertMatch(facts.images, /^Synthetic images, 28 x 28 x 1 in 7 classes$/);
});

Deno.test("profile: a folder of data that was named and is not there is an error", async () => {
  const { code, err } = await everyclass([
    "profile",
    "--config",
    trainConfig,
    "--data",
    problem.path("none"),
  ]);
  assertEquals(code, 1);
  assertStringIncludes(err, "error: Cannot ");
});

Deno.test("profile: an adapter without timestamp-query lists dispatches without times, and takes no trace", async () => {
  const real = (await navigator.gpu.requestAdapter())!;
  const poor = {
    info: real.info,
    limits: real.limits,
    features: new Set<string>(),
    requestDevice: (descriptor: GPUDeviceDescriptor) => real.requestDevice(descriptor),
  };
  Object.defineProperty(navigator.gpu, "requestAdapter", {
    configurable: true,
    value: () => Promise.resolve(poor),
  });
  try {
    const args = ["profile", "--config", trainConfig, "--data", problem.data, "--set", "batch=4"];
    const { code, out } = await everyclass(args);
    assertEquals(code, 0);
    assertStringIncludes(out, "No dispatch is timed: it takes an adapter with timestamp-query, current ");
    assertMatch(out, /\nkernel +op +shape +MB +GFLOP\nnormalize /);
    const traced = await everyclass([...args, "--trace", problem.path("none.json")]);
    assertEquals([traced.code, traced.out], [1, ""]);
    assertStringIncludes(traced.err, "error: Cannot write a trace: it takes an adapter with timestamp-query");
  } finally {
    delete (navigator.gpu as { requestAdapter?: unknown }).requestAdapter;
  }
});
