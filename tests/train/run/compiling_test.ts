// A run that is stopped while its kernels are compiled, when its thread hears nothing.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Pipelines } from "../../../engine/device/pipelines.ts";
import { dispatch } from "../../../train/cli/dispatch.ts";
import type { Surroundings } from "../../../train/run/session.ts";
import { commandsIn, everyclass, filesIn } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const checkpointOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));

/** Surroundings that show nothing. @param write Hears the progress. */
const inside = (write: (text: string) => void): Surroundings => ({
  cache: problem.path("cache"),
  print() {},
  progress: { mode: "lines", write },
});

/** Stops a run when it compiles the kernel of this number; it learns of it by the shared number alone. */
async function stoppedAt(kernel: number, name: string) {
  let [compiled, err] = [0, ""];
  let number: Int32Array = new Int32Array(1);
  const { of } = Pipelines.prototype;
  const known = new Set<string>();
  Pipelines.prototype.of = function (source) {
    const key = JSON.stringify(source);
    if (!known.has(key) && known.add(key) && ++compiled === kernel) Atomics.store(number, 0, 2);
    return of.call(this, source);
  };
  try {
    const code = await dispatch(
      ["finetune", ...problem.flags(name, "epochs=1 batch=50")],
      commandsIn({
        ...inside((text) => err += text),
        signals: () => (_, shared) => {
          number = shared;
          return Promise.resolve({ [Symbol.dispose]() {} });
        },
      }),
      { out() {}, err: (text) => err += text },
    );
    return { code, err, compiled };
  } finally {
    Pipelines.prototype.of = of;
  }
}

Deno.test("a signal amid compiling stops the run before the next kernel, and the run goes on later", async () => {
  const { compiled: all, code } = await stoppedAt(Infinity, "whole");
  assert(code === 0 && all > 10, `${all} kernels`);
  // The first kernels are the backbone's, the last ones those of re-training.
  for (const kernel of [1, 5, all]) {
    const name = `stopped at ${kernel}`;
    const { code, err, compiled } = await stoppedAt(kernel, name);
    assertEquals([code, compiled], [130, kernel], err);
    assertStringIncludes(err, "Stopped after 0 of 1 epoch; what was worked out is kept. To go on:");
    assertEquals(filesIn(problem.path(name)), ["config.yaml", "work-before.safetensors", "work.safetensors"]);
    const resumed = await everyclass(["finetune", "--resume", problem.path(name)]);
    assertEquals(resumed.code, 0, resumed.err);
    assertEquals(checkpointOf(name), checkpointOf("whole"));
  }
});

Deno.test("a signal while a run waits for kernels that are compiled ahead keeps the run, and says how to go on", async () => {
  const loaded = Promise.withResolvers<void>();
  let [err, send] = ["", () => {}];
  const code = await dispatch(
    ["finetune", ...problem.flags("ahead", "epochs=1 batch=50")],
    commandsIn({
      ...inside((text) => {
        err += text;
        if (text.includes("training images in")) loaded.resolve();
      }),
      signals: () => (heard) => {
        send = () => heard("SIGINT");
        return Promise.resolve({ [Symbol.dispose]() {} });
      },
      ahead: () => Promise.resolve({ done: loaded.promise.then(() => send()), stop() {} }),
    }),
    { out() {}, err: (text) => err += text },
  );
  assertEquals(code, 130, err);
  const path = problem.path("ahead");
  assertStringIncludes(
    err,
    `Stopped before the first step. To go on:\n  deno task finetune --resume ${path}`,
  );
  const resumed = await everyclass(["finetune", "--resume", path]);
  assertEquals(resumed.code, 0, resumed.err);
  assertEquals(checkpointOf("ahead"), checkpointOf("whole"));
});
