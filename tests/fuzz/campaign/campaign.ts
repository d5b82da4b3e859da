// Reads many inputs of a format in a Worker, which is given up where an input takes too long; the others go
// on in a new one.
import { Worker } from "node:worker_threads";
import { newTally, type Tally, type Task } from "./messages.ts";

/** Time of an input. A busy machine may hold one up: it is read again, alone. */
const MS = 1000;
/** As many times as long an input has by the clock before it counts as stuck, and its thread is given up. */
const PATIENCE = 5;
/** MiB of values in the Worker; buffers are not among them. */
const HEAP = 1024;

/** The formats' own table. */
const TABLE = new URL("../table.ts", import.meta.url).href;

/** A campaign's counts. An input that was neither refused nor accepted did not end, and is a finding. */
export interface Outcome extends Tally {
  inputs: number;
  seconds: number;
  /** Most bytes that the process took more than at the beginning. */
  process: number;
}

/** The inputs of a format that a campaign reads: those of a seed `from` to below `to`. */
interface Inputs {
  seed: number;
  from: number;
  to: number;
  /** Milliseconds that an input may take. */
  ms?: number | undefined;
  /** Address of the module that opens the format by its name. */
  table?: string;
}

/**
 * Reads inputs of a format, each once; those that took too long are read again, alone.
 *
 * @throws {Error} when the format cannot be opened.
 */
export async function campaign(
  name: string,
  { seed, from, to, ms = MS, table = TABLE }: Inputs,
): Promise<Outcome> {
  const start = performance.now();
  const rss = Deno.memoryUsage().rss;
  const sum: Outcome = { ...newTally(), inputs: to - from, seconds: 0, process: 0 };
  /** True for inputs that are counted already, by their number. */
  const slow = new Map<number, boolean>();
  const left: [from: number, to: number][] = [[from, to]];
  for (let next = left.pop(); next; next = left.pop()) {
    const { told, stuck } = await stretch({ name, seed, from: next[0], to: next[1], table }, ms, (tally) => {
      add(sum, tally);
      if (tally.slowest > ms) slow.set(tally.slowestIndex, true);
    }, () => sum.process = Math.max(sum.process, Deno.memoryUsage().rss - rss));
    if (stuck === null) continue;
    slow.set(stuck, false);
    // The thread took the counts since its last message along: those inputs are read again.
    for (const [a, b] of [[stuck + 1, next[1]], [told, stuck]]) if (a < b) left.push([a, b]);
  }
  for (const [index, isCounted] of slow) {
    let [best, last, counted] = [Infinity, "", isCounted];
    for (let attempt = 0; attempt < 3 && best > ms; attempt++) {
      const { why } = await stretch({ name, seed, from: index, to: index + 1, table }, ms, (tally) => {
        if (tally.refused + tally.accepted === 0) return;
        best = Math.min(best, tally.slowest);
        if (!counted) add(sum, tally);
        counted = true;
      }, () => {});
      last = why;
    }
    if (best > ms) {
      sum.findings.push({ index, fault: `it takes more than ${ms} ms, ${best} at best ${last}` });
    }
  }
  return { ...sum, seconds: (performance.now() - start) / 1000 };
}

/** The end of a stretch of inputs: those below `told` are counted; and the input at which it was stuck, and why. */
interface Stretch {
  told: number;
  stuck: number | null;
  why: string;
}

/** Reads inputs until all are read, or one takes too long. */
async function stretch(
  inputs: Omit<Task, "folder" | "clock">,
  ms: number,
  take: (tally: Tally) => void,
  watch: () => void,
): Promise<Stretch> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP },
  });
  const folder = await Deno.makeTempDir({ prefix: "everyclass-" });
  const clock = new Int32Array(new SharedArrayBuffer(8)).fill(-1);
  const { promise, resolve, reject } = Promise.withResolvers<Stretch>();
  let told = inputs.from;
  worker.on("message", ({ done, next, ...tally }: Tally & { done: boolean; next: number }) => {
    told = next;
    take(tally);
    if (done) resolve({ told, stuck: null, why: "" });
  });
  const stop = (why: string) => {
    worker.removeAllListeners("message"); // what comes late is read again
    const stuck = told === inputs.to ? null : Math.max(told, Atomics.load(clock, 0));
    resolve({ told, stuck, why });
  };
  worker.on("error", (error) => {
    if (Atomics.load(clock, 0) < 0) reject(new Error(`Cannot read inputs of ${inputs.name}: ${error}`));
    else stop(`it ended its thread: ${error}`); // such as out of memory
  });
  const timer = setInterval(() => {
    watch();
    const begun = Atomics.load(clock, 1);
    const now = Math.round(performance.timeOrigin + performance.now()) & 0x7fffffff;
    if (begun < 0 || now - begun < PATIENCE * ms) return;
    stop("it hangs");
  }, 25);
  worker.postMessage({ ...inputs, folder, clock } satisfies Task);
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
