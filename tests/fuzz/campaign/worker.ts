// Reads the inputs of a task. The thread that began it ends it where an input takes too long.
import { setImmediate } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { newTally, type Task } from "./messages.ts";
import { readInput } from "./reading.ts";

/** An error that no code awaits, of the input that is read; null without one. */
let unheard: string | null = null;
addEventListener("unhandledrejection", (event) => {
  event.preventDefault(); // which would end the thread
  unheard ??= String(event.reason);
});

// An error outside the readings, such as that of a generator, ends the thread.
parentPort!.on("message", (task: Task) => void readAll(task).catch(reportError));

async function readAll({ name, seed, from, to, folder, clock, table }: Task): Promise<void> {
  const tally = newTally();
  const tell = (done: boolean, next: number) => parentPort!.postMessage({ ...tally, done, next });
  const { openFormat }: typeof import("../table.ts") = await import(table);
  const format = await openFormat(name, folder);
  for (let index = from; index < to; index++) {
    Atomics.store(clock, 0, index);
    const begun = () =>
      Atomics.store(clock, 1, Math.round(performance.timeOrigin + performance.now()) & 0x7fffffff);
    const ended = () => Atomics.store(clock, 1, -1);
    const { end, fault: own, ms, memory } = await readInput(format, seed, index, begun, ended);
    await setImmediate(); // errors that no code awaits come behind all others
    const fault = own ?? (unheard && `an error that no code awaits: ${unheard}`);
    unheard = null;
    tally[end]++;
    if (ms > tally.slowest) [tally.slowest, tally.slowestIndex] = [ms, index];
    tally.memory = Math.max(tally.memory, memory);
    if (fault !== null) tally.findings.push({ index, fault });
    if (fault !== null || ms >= 1000 || index % 50 === 49) {
      tell(false, index + 1);
      Object.assign(tally, newTally());
      await new Promise((resolve) => setTimeout(resolve, 0)); // so that the message is on its way
    }
  }
  tell(true, to);
}
