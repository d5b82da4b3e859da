// A peer is a process that reads lines of JSON, a workload each. It prints two lines for a workload, in order: its
// samples after the first run, which compiles, and its time in the end; or one line that says why it has no time. Asked
// again, it times the same workload once more and prints one line. All other output goes to stderr.

import { measureTime } from "../processor.ts";
import type { Precision, Workload } from "./workloads.ts";

/** Settings of the timing, the same for all peers. */
export interface Timing {
  /** Least milliseconds between two waits for results: a wait alone may take 11. */
  atLeastMs: number;
  /** Tries of a turn, of which the best counts. */
  tries: number;
  /** No further try begins after so many milliseconds. */
  withinMs: number;
}

/** Runs long enough that the 11 ms of a wait do not count, and often enough that a busy moment does not. */
export const TIMING: Timing = { atLeastMs: 300, tries: 4, withinMs: 4000 };

/** A line to a peer. */
export type Question = Workload & {
  timing: Timing;
  /** Times once more the workload that is ready. */
  again?: true;
};

/** A line from a peer. */
export interface Answer {
  /** Name of the workload. */
  name: string;
  /** Milliseconds of one run; null where there is no time. */
  ms: number | null;
  /** Milliseconds of the processor in one run, all threads; missing where the system does not tell. */
  processorMs?: number;
  /** 16 values of the result of the first run, at the places of values.ts; [] without a result. */
  sample: number[];
  /** Why there is no time, or how the workload ran. */
  why?: string;
  /** Set where another line follows; this line is the answer if that comes too late. */
  more?: true;
}

/** A workload made ready in a peer. */
export interface Ready {
  /** Runs it once, without waiting where the peer can. */
  run(): void | Promise<void>;
  /** Waits for all runs so far. */
  finish(): Promise<void>;
  /** Samples the result; called after the first run. */
  sample(): Promise<number[]>;
  /** Facts about the run that a reader has to know. */
  about?: string | undefined;
}

/** A peer in a process of its own. */
export interface Peer {
  /** Such as `jax-js webgpu`. */
  name: string;
  /** One of several ways in which the program runs, each in a process of its own; the best of them counts. */
  setting?: string | undefined;
  /** Tells which workloads it is asked; by default all. */
  takes?: (workload: Workload) => boolean;
  /** Precision that its products are rounded to, where that is not `f32`. */
  precision?: Precision;
  /** The program and its arguments. */
  command: string[];
  /** Variables added to the environment of this process. */
  env?: Record<string, string>;
}

/** Times one run in milliseconds, by the clock and of the processor: the best of several tries of many runs each. */
export async function timeOf(
  { run, finish }: Ready,
  timing: Timing,
): Promise<Pick<Answer, "processorMs"> & { ms: number }> {
  const begin = performance.now();
  let [runs, best, least] = [1, Infinity, Infinity];
  for (let tries = 0; tries < timing.tries && (tries === 0 || performance.now() - begin < timing.withinMs);) {
    const { clock: ms, processor } = await measureTime(async () => {
      for (let i = 0; i < runs; i++) await run();
      await finish();
    });
    // A try that was too short counts too: its wait makes the time too long, never too short.
    best = Math.min(best, ms / runs);
    least = Math.min(least, processor / runs);
    if (ms < timing.atLeastMs) runs = Math.ceil(runs * Math.min(10, 1.2 * timing.atLeastMs / ms));
    else tries++;
  }
  return { ms: best, ...Number.isFinite(least) && { processorMs: least } };
}

/**
 * Answers every line of stdin: a peer's whole program.
 *
 * @param start Starts the peer and returns the function that makes workloads ready; where it throws, every answer gives
 * that reason.
 */
export async function serve(start: () => Promise<(workload: Workload) => Promise<Ready>>): Promise<void> {
  const made = start().then(answering, (error) => error);
  for await (const line of linesOf(Deno.stdin.readable)) {
    const question: Question = JSON.parse(line);
    const answersTo = await made;
    const answers = typeof answersTo === "function" ? answersTo(question) : [failed(question, answersTo)];
    for await (const answer of answers) {
      await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(answer) + "\n"));
    }
  }
}

/**
 * Makes a function that answers a question twice, after the first run and in the end; asked again, once.
 *
 * @param prepare Makes a workload ready; it may free the one before.
 */
export function answering(
  prepare: (workload: Workload) => Promise<Ready>,
): (question: Question) => AsyncGenerator<Answer> {
  let held: { ready: Ready; sample: number[] };
  return async function* (question) {
    const { timing, again, ...workload } = question;
    const { name } = workload;
    try {
      if (!again) {
        const ready = await prepare(workload);
        const start = performance.now();
        await ready.run();
        await ready.finish();
        const first = (performance.now() - start) / 1000;
        held = { ready, sample: await ready.sample() };
        const why = `the first run, with compilation, took ${first.toFixed(1)} s`;
        yield { name, ms: null, sample: held.sample, why, more: true };
      }
      const { ready, sample } = held;
      const times = await timeOf(ready, timing);
      yield { name, ...times, sample, ...ready.about === undefined ? {} : { why: ready.about } };
    } catch (error) {
      yield failed(workload, error);
    }
  };
}

function failed({ name }: { name: string }, error: unknown): Answer {
  return { name, ms: null, sample: [], why: error instanceof Error ? error.message : String(error) };
}

/** Splits a stream of bytes into lines, without blank ones. */
export async function* linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines.filter((line) => line.trim() !== "");
  }
  if (rest.trim() !== "") yield rest;
}
