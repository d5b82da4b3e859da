// Reads many inputs of a format in a Worker, which is ended where an input takes too long; the others go on in a new one.
import { Worker } from "node:worker_threads";
import { newTally, type Tally, type Task } from "./messages.ts";

/** Time of an input. A busy machine may hold one up: it is read again, alone. */
const MS = 1000;
/** As many times as long an input has by the clock before it counts as stuck, and its thread is ended. */
const PATIENCE = 5;
/** MiB of values in the Worker; buffers are not among them. */
const HEAP = 1024;

/** A campaign's counts. */
export interface Outcome extends Tally {
  inputs: number;
  seconds: number;
  /** Most bytes that the process took more than at the beginning. */
  process: number;
}

/** Reads inputs `from` to below `to` of a format. @param ms Time that an input may take. */
export async function campaign(
  name: string,
  { seed, from, to, ms = MS }: { seed: number; from: number; to: number; ms: number | undefined },
): Promise<Outcome> {
  const start = performance.now();
  const rss = Deno.memoryUsage().rss;
  const sum: Outcome = { ...newTally(), inputs: 0, seconds: 0, process: 0 };
  const slow: number[] = [];
  for (let next = from; next < to;) {
    const { read, stuck } = await stretch(name, seed, next, to, ms, (tally) => {
      add(sum, tally);
      if (tally.slowest > ms) slow.push(tally.slowestIndex);
    }, () => sum.process = Math.max(sum.process, Deno.memoryUsage().rss - rss));
    if (stuck !== null) slow.push(stuck);
    next = stuck === null ? read : stuck + 1;
  }
  for (const index of slow) {
    let [best, last] = [Infinity, ""];
    for (let attempt = 0; attempt < 3 && best > ms; attempt++) {
      const { why } = await stretch(name, seed, index, index + 1, ms, ({ slowest }) => {
        if (slowest > 0) best = Math.min(best, slowest);
      }, () => {});
      last = why;
    }
    if (best > ms) {
      sum.findings.push({ index, fault: `it takes more than ${ms} ms, ${best} at best ${last}` });
    }
  }
  return { ...sum, inputs: to - from, seconds: (performance.now() - start) / 1000 };
}

/** The end of a stretch of inputs: the next input, or the input at which it was stuck, and why. */
interface Stretch {
  read: number;
  stuck: number | null;
  why: string;
}

/** Reads inputs until all are read, or one takes too long. */
async function stretch(
  name: string,
  seed: number,
  from: number,
  to: number,
  ms: number,
  take: (tally: Tally) => void,
  watch: () => void,
): Promise<Stretch> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP },
  });
  const folder = await Deno.makeTempDir({ prefix: "everyclass-" });
  const clock = new Int32Array(new SharedArrayBuffer(8)).fill(-1);
  const { promise, resolve } = Promise.withResolvers<Stretch>();
  let told = from;
  worker.on("message", ({ done, next, ...tally }: Tally & { done: boolean; next: number }) => {
    told = next;
    take(tally);
    if (done) resolve({ read: next, stuck: null, why: "" });
  });
  const stop = (why: string) => resolve({ read: told, stuck: Math.max(told, Atomics.load(clock, 0)), why });
  worker.on("error", (error) => stop(`it ended its thread: ${error}`)); // such as out of memory
  const timer = setInterval(() => {
    watch();
    const begun = Atomics.load(clock, 1);
    const now = Math.round(performance.timeOrigin + performance.now()) & 0x7fffffff;
    if (begun < 0 || now - begun < PATIENCE * ms) return;
    stop("it hangs");
  }, 25);
  worker.postMessage({ name, seed, from, to, folder, clock } satisfies Task);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
    await worker.terminate();
    await Deno.remove(folder, { recursive: true });
  }
}

function add(sum: Outcome, tally: Tally): void {
  sum.refused += tally.refused;
  sum.accepted += tally.accepted;
  if (tally.slowest > sum.slowest) [sum.slowest, sum.slowestIndex] = [tally.slowest, tally.slowestIndex];
  sum.memory = Math.max(sum.memory, tally.memory);
  sum.findings.push(...tally.findings);
}
