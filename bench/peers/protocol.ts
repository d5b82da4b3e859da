// How a workload is asked of a peer and answered: each peer is a process that reads lines of JSON, one workload each, and
// prints two for each, in order: after the first run, which compiles, its samples, and in the end its time; or one that
// says why there is none. Asked again, it times the same workload once more and prints one. Whatever else it has to say
// goes to stderr.

import type { Workload } from "./workloads.ts";

/** How to time, the same for all peers. */
export interface Timing {
  /** Least milliseconds between two waits for results: a wait alone may take 11. */
  atLeastMs: number;
  /** The best of so many tries of a turn counts... */
  tries: number;
  /** ...or of as many as begin within so many milliseconds. */
  withinMs: number;
}

/** Long enough for the 11 ms of a wait not to count, and often enough for a busy moment not to. */
export const TIMING: Timing = { atLeastMs: 300, tries: 4, withinMs: 4000 };

/** A line to a peer. */
export type Question = Workload & {
  timing: Timing;
  /** It has the workload ready: only its time is asked. */
  again?: true;
};

/** A line from a peer. */
export interface Answer {
  /** The workload's. */
  name: string;
  /** Milliseconds of one run; null where it cannot. */
  ms: number | null;
  /** 16 values of the result of the first run, at the places of values.ts; [] where there is none. */
  sample: number[];
  /** Why there is no time, or how it ran, in words. */
  why?: string;
  /** Whether another line follows: where it comes too late, this one is the answer. */
  more?: true;
}

/** A workload made ready in a peer. */
export interface Ready {
  /** Runs it once, without waiting where the peer can. */
  run(): void | Promise<void>;
  /** Waits for all that was run. */
  finish(): Promise<void>;
  /** The samples of the result; called after the first run. */
  sample(): Promise<number[]>;
  /** How it runs, where a reader has to know. */
  about?: string;
}

/** A peer in a process of its own. */
export interface Peer {
  /** Such as `jax-js webgpu`. */
  name: string;
  /** The program and its arguments. */
  command: string[];
  /** Beyond the environment of this process. */
  env?: Record<string, string>;
}

/** Milliseconds of one run: the best of several tries of many runs each. */
export async function timeOf({ run, finish }: Ready, timing: Timing): Promise<number> {
  const begin = performance.now();
  let [runs, best] = [1, Infinity];
  for (let tries = 0; tries < timing.tries && (tries === 0 || performance.now() - begin < timing.withinMs);) {
    const start = performance.now();
    for (let i = 0; i < runs; i++) await run();
    await finish();
    const ms = performance.now() - start;
    // A try that was too short counts too: with its wait it says too much, never too little.
    best = Math.min(best, ms / runs);
    if (ms < timing.atLeastMs) runs = Math.ceil(runs * Math.min(10, 1.2 * timing.atLeastMs / ms));
    else tries++;
  }
  return best;
}

/**
 * Answers every line of stdin: a peer's whole program.
 *
 * @param start Makes the peer ready for its first workload; gives the function that makes workloads ready, or throws the
 * reason of all answers.
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
 * What comes of a workload after its first run, and in the end; of one asked again, in the end.
 *
 * @param prepare Makes a workload ready; what was ready before is needed no more.
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
      const ms = await timeOf(ready, timing);
      yield { name, ms, sample, ...ready.about === undefined ? {} : { why: ready.about } };
    } catch (error) {
      yield failed(workload, error);
    }
  };
}

function failed({ name }: { name: string }, error: unknown): Answer {
  return { name, ms: null, sample: [], why: error instanceof Error ? error.message : String(error) };
}

/** The lines of a stream of bytes. */
export async function* linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines.filter((line) => line.trim() !== "");
  }
  if (rest.trim() !== "") yield rest;
}
