// Whole runs of `finetune` as processes that get signals at drawn moments, from their start to their end: each stops soon,
// says how to go on, and ends as the run that nobody stopped. A second signal ends a process at once.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { hash32 } from "../../../data/mod.ts";
import type { StopSignal } from "../../../train/terminal/signals.ts";
import { WholeRuns } from "./whole_run.ts";

const runs = new WholeRuns();

/** Exit codes of processes that a signal ended. */
const CODES: Record<StopSignal, number> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
const SIGNALS = Object.keys(CODES) as StopSignal[];

/** Moments of signals; other ones by `--seed`. */
const MOMENTS = 8;

const seedAt = Deno.args.indexOf("--seed");
const seed = seedAt < 0 ? 0 : Number(Deno.args[seedAt + 1]);

/** A signal after so many milliseconds. */
interface Sent {
  signal: StopSignal;
  ms: number;
  /** True for a second signal as soon as the first one is answered. */
  twice: boolean;
}

/** Runs a command, which gets a signal. @returns also the milliseconds from the last signal to the end; null: it got no signal. */
async function run(name: string, words: readonly string[], sent: Sent | null) {
  const child = runs.spawn("crash_main.ts", [runs.path(name, "cache"), "", ...words]);
  let at: number | null = null;
  const send = () => {
    try {
      child.kill(sent!.signal);
      at = performance.now();
    } catch {
      // It has just ended.
    }
  };
  const timer = sent ? setTimeout(send, sent.ms) : undefined;
  let [err, isAnswered] = ["", false];
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    err += part;
    if (isAnswered || !err.includes("again to stop at once")) continue;
    isAnswered = true;
    if (sent?.twice) send();
  }
  const { code } = await child.status;
  const lasted = at === null ? null : performance.now() - at;
  clearTimeout(timer);
  await child.stdin.close().catch(() => {});
  return { code, err, lasted, isAnswered };
}

Deno.test({
  name: "signals: at any moment a run stops soon, says how to go on, and ends as one that nobody stopped",
  ignore: Deno.build.os === "windows", // it has no such signals to send
  fn: async () => {
    const begun = performance.now();
    const whole = await run("whole", runs.firstWords("whole"), null);
    const wholeMs = performance.now() - begun;
    assertEquals(whole.code, 0, whole.err);
    // At rest a run takes about 4 s, and stops within 2 s. A machine that is busy is slower at both.
    const soon = Math.max(5000, wholeMs);
    let [stops, slowest] = [0, 0];
    for (let at = 0; at < MOMENTS;) {
      const name = `stopped-${at}`;
      for (let isOver = false; !isOver;) {
        if (runs.isWhole(name)) {
          // Stopped at its very end: the command that it had printed says so, and clears what was left.
          const { code, err } = await run(name, runs.resumeWords(name), null);
          assert(code === 1 && err.includes("the run in it is whole"), err);
          break;
        }
        const share = (i: number) => hash32(seed, at, i) / 2 ** 32;
        const isLast = at >= MOMENTS;
        const sent = isLast ? null : {
          signal: SIGNALS[Math.floor(share(0) * SIGNALS.length)],
          ms: Math.round(share(1) * wholeMs),
          twice: share(2) < 0.25,
        };
        at++;
        const isKept = runs.isKept(name);
        const words = isKept ? runs.resumeWords(name) : runs.firstWords(name);
        const { code, err, lasted, isAnswered } = await run(name, words, sent);
        const told = `seed ${seed}, ${JSON.stringify(sent)}, ${lasted} ms:\n${err}`;
        isOver = code === 0;
        if (isOver) continue;
        assertEquals(code, CODES[sent!.signal], told);
        assert(lasted! < soon, told);
        stops++;
        slowest = Math.max(slowest, lasted!);
        // A run that can go on says by what; before it listens it has nothing that is worth to go on from.
        const goOn = `deno task finetune --resume ${runs.path(name, "run")}`;
        if (isAnswered) {
          assertStringIncludes(err, `To go on in either case:\n  ${goOn}`, told);
          if (!sent!.twice) assert(err.includes(`To go on:\n  ${goOn}\n`), told);
        } else if (!isKept) assert(!runs.isKept(name) || err.includes(goOn), told);
      }
      assertEquals(runs.differences(name, "whole"), [], `seed ${seed}, ${name}`);
      runs.remove(name);
    }
    assert(stops > MOMENTS / 3, `${stops} stops`);
    if (Deno.args.length > 0) {
      console.log(
        `${stops} stops, the slowest after ${slowest.toFixed(0)} ms; a run takes ${wholeMs.toFixed(0)} ms`,
      );
    }
  },
});
