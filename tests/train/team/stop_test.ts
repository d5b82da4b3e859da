// Runs in several processes that end early, wherever the processes stand. This one simulates them.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Pipelines } from "../../../engine/device/pipelines.ts";
import { inTeam } from "../../../train/run/team.ts";
import { Interrupted } from "../../../train/terminal/interrupt.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";
import { Aborted, processesOf, runIn } from "./run_in.ts";

const problem = new Problem();

Deno.test("a training that diverges in 2 processes says so as one does", async () => {
  const flags = (run: string) =>
    problem.trainFlags(run, "network=resnet8 epochs=2 optimizer.lr=1e30 statistics=updated");
  const alone = await everyclass(["train", ...flags("diverges alone")]);
  assertMatch(alone.err, /Cannot go on with epoch 1: it takes finite numbers/);
  const job = runIn({ problem, ranks: 2 }, ["train", ...flags("diverges")]);
  const { message, exitCode } = await assertRejects(() => job, Aborted);
  assertMatch(message, /Cannot go on with epoch 1: it takes finite numbers, .* the learning rate 1e\+30/s);
  assertEquals(exitCode, 1);
});

/** Stops the leader, the first process to compile, at the kernel of that number. @returns What it told. */
async function stoppedAt(kernel: number, args: readonly string[]): Promise<string> {
  let compiled = 0;
  const { of } = Pipelines.prototype;
  const leaders = new Set<Pipelines>();
  let stop = () => {};
  Pipelines.prototype.of = function (source) {
    if (this.beforeMaking) leaders.add(this); // others do not listen
    if (leaders.has(this) && ++compiled === kernel) stop();
    return of.call(this, source);
  };
  try {
    const { err } = await runIn({ problem, ranks: 2, onStop: (send) => stop = send }, args);
    return err;
  } finally {
    Pipelines.prototype.of = of;
  }
}

Deno.test("Ctrl-C amid compiling stops 2 processes, in a pass over images and in a step", async () => {
  for (const [kernel, sets] of [[3, "epochs=1 views=1"], [30, "epochs=1 views=1"]] as const) {
    const name = `finetune stopped at ${kernel}`;
    assertMatch(await stoppedAt(kernel, ["finetune", ...problem.flags(name, sets)]), /To go on:/);
    await runIn({ problem, ranks: 3 }, ["finetune", "--resume", problem.path(name)]);
  }
  const name = "train stopped";
  const args = ["train", ...problem.trainFlags(name, "network=resnet8 epochs=1 batch=40")];
  assertMatch(await stoppedAt(10, args), /Stopped/);
});

Deno.test("a run that is stopped where the others wait for it ends them, with a sentence", async () => {
  for (const isAmid of [false, true]) {
    const exitCodes: number[] = [];
    const [leader, other] = processesOf(2, (exitCode) => exitCodes.push(exitCode));
    const signals = () => () => Promise.resolve({ [Symbol.dispose]() {} });
    const surroundings = { cache: problem.path("cache"), signals };
    const led = inTeam(() => Promise.resolve(leader), surroundings, async (team) => {
      const stop = () => Promise.reject(new Interrupted(143, "Stopped by a full disk"));
      if (isAmid) await team.during({ kind: "step" }, stop);
      return await stop();
    });
    const followed = isAmid
      ? other.broadcast(new Uint8Array())
      : inTeam(() => Promise.resolve(other), surroundings, () => Promise.resolve(0));
    await assertRejects(() => led, Interrupted, "Stopped by a full disk");
    await followed;
    assertEquals(exitCodes, isAmid ? [143] : []);
  }
});
