import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { lookFor } from "../../../train/progress/stopping.ts";
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
    using interrupt = await Interrupt.listen(source);
    interrupt.signal.throwIfAborted();
    interrupt.check();
    send(name);
    const error = assertThrows(() => interrupt.signal.throwIfAborted(), Interrupted, "Stopped by the user");
    assertEquals(error.exitCode, code);
    assertThrows(() => interrupt.check(), Interrupted);
  }
});

Deno.test("after the run Ctrl-C has its usual meaning again", async () => {
  const { source, listening } = fakeSignals();
  (await Interrupt.listen(source))[Symbol.dispose]();
  assertEquals(listening.size, 0);
});

/** Milliseconds within which a person gets an answer. */
const SOON = 2000;

/**
 * A process whose thread is busy for so many seconds, sent a first signal and then others until it ends.
 *
 * @param looks Whether the busy thread looks for signals itself.
 * @returns Its outputs and exit code, and the milliseconds from the first signal to the answer and to the end.
 */
async function busy(
  seconds: number,
  first: StopSignal,
  { then = null, looks = false }: { then?: StopSignal | null; looks?: boolean } = {},
) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-read", "tests/train/terminal/busy_process.ts", String(seconds)],
      ...looks ? ["looks"] : [],
    ],
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ended = child.status;
  let [out, err, sent, answered] = ["", "", 0, 0];
  const answer = (async () => {
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      if (err === "") answered = performance.now() - sent;
      err += part;
    }
  })();
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (out === "") {
      sent = performance.now();
      child.kill(first);
    }
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
  const { code } = await ended;
  const lasted = performance.now() - sent;
  await answer;
  return { out, err, code, answered, lasted };
}

Deno.test("the first signal is answered soon, and waits for a thread that is busy", async () => {
  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const { answered, lasted, ...left } = await busy(4, name);
    assertEquals(left, { out: `busy\nstops with ${code}\n`, err: "stopping\n", code: 0 });
    assert(answered < SOON && answered < lasted, `answered after ${answered} ms of ${lasted}`);
  }
});

Deno.test("a thread that never waits can look for signals itself, and stops soon", async () => {
  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const { lasted, out, err } = await busy(1e6, name, { looks: true });
    assertEquals([out, err], [`busy\nstops with ${code}\n`, "stopping\n"]);
    assert(lasted < SOON, `stopped after ${lasted} ms`);
  }
});

Deno.test("the second signal ends the process at once, also while a thread is busy", async () => {
  const [ever, out] = [1e6, "busy\n"];
  const ended = async (first: StopSignal, then: StopSignal) => {
    const { code, ...left } = await busy(ever, first, { then });
    return [left.out, code];
  };
  assertEquals(await ended("SIGTERM", "SIGTERM"), [out, 143]);
  assertEquals(await ended("SIGINT", "SIGHUP"), [out, 129]);
});

Deno.test("work that never waits, and knows the signal alone, hears a stop by the number in shared memory", async () => {
  let number: Int32Array = new Int32Array();
  using interrupt = await Interrupt.listen((_, shared) => {
    number = shared;
    return Promise.resolve({ [Symbol.dispose]() {} });
  });
  const check = lookFor(interrupt.signal);
  check();
  Atomics.store(number, 0, 2);
  assert(!interrupt.signal.aborted);
  assertEquals(assertThrows(check, Interrupted).exitCode, 130);
  const other = new AbortController();
  const checkOther = lookFor(other.signal);
  checkOther();
  other.abort(new Error("enough"));
  assertThrows(checkOther, Error, "enough");
});
