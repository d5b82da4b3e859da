import { assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Interrupt, Interrupted, type SignalSource } from "../../../train/terminal/interrupt.ts";
import type { StopSignal } from "../../../train/terminal/signals.ts";

/** Signals that a test sends itself. */
function fakeSignals() {
  const listening = new Set<(name: StopSignal) => void>();
  const source: SignalSource = (heard) => {
    listening.add(heard);
    return Promise.resolve({ [Symbol.dispose]: () => listening.delete(heard) });
  };
  return { source, listening, send: (name: StopSignal) => listening.forEach((heard) => heard(name)) };
}

Deno.test("the first signal asks the run to stop, with the exit code of a process that it ended", async () => {
  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const { source, send } = fakeSignals();
    let told = 0;
    using interrupt = await Interrupt.listen(() => told++, source);
    interrupt.signal.throwIfAborted();
    send(name);
    assertEquals(told, 1);
    const error = assertThrows(() => interrupt.signal.throwIfAborted(), Interrupted, "Stopped by the user");
    assertEquals(error.exitCode, code);
  }
});

Deno.test("after the run Ctrl-C has its usual meaning again", async () => {
  const { source, listening } = fakeSignals();
  (await Interrupt.listen(() => {}, source))[Symbol.dispose]();
  assertEquals(listening.size, 0);
});

/** A process whose thread is busy for so many seconds, sent a first signal and then others until it ends. */
async function busy(seconds: number, first: StopSignal, then: StopSignal | null = null) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "tests/train/terminal/busy_process.ts", String(seconds)],
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const ended = child.status;
  let out = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (out === "") child.kill(first);
    out += part;
    if (then === null || out !== "busy\n") continue;
    // How soon a signal is dealt with is up to the system, and two of a kind may count as one.
    for (let isOver = false; !isOver;) {
      isOver = await Promise.race([
        ended.then(() => true),
        new Promise<false>((r) => setTimeout(r, 500, false)),
      ]);
      if (!isOver) child.kill(then);
    }
  }
  return { out, code: (await ended).code };
}

Deno.test("the first signal waits for a thread that is busy", async () => {
  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    assertEquals(await busy(1, name), { out: `busy\nstops with ${code}\n`, code: 0 });
  }
});

Deno.test("the second signal ends the process at once, also while a thread is busy", async () => {
  const [ever, out] = [1e6, "busy\n"];
  assertEquals(await busy(ever, "SIGTERM", "SIGTERM"), { out, code: 143 });
  assertEquals(await busy(ever, "SIGINT", "SIGHUP"), { out, code: 129 });
});
