// Runs of `finetune`, from no stage 1 to the report, as processes that are killed by `kill -9`: at drawn moments, and before and
// amid drawn changes of files. Each goes on by --resume, and leaves to the byte what the run leaves that nobody killed.
// `deno task test:crash` draws 200 kills, and tells where they fell.

import { assert, assertEquals } from "@std/assert";
import { hash32 } from "../../../data/mod.ts";
import { WholeRuns } from "./whole_run.ts";

/** Kills of a run of the test suite. */
const FEW = 12;

/** Most kills of one run, each after it went on from the one before. */
const KILLS = 8;

/** The stages of a run, each with the words of progress at its start. */
const STAGES: [stage: string, begins: RegExp][] = [
  ["start", /^/],
  ["reading", /^Reading /m],
  ["stage 1", /^Training stage 1 /m],
  ["extraction", /^Features of /m],
  ["re-training", /^view 2 of 2: .* images in|^re-train: epoch|^Going on after/m],
  ["end", /^re-train: .* samples in/m],
];

const runs = new WholeRuns();

/** The number behind a flag of this test's own. */
function flag(name: string, otherwise: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(Deno.args[at + 1]);
}

/** A moment to kill a process: milliseconds after its start, or a change of files as crash_main.ts takes it. */
type Moment = { ms: number } | { stop: string } | null;

/** Runs a command. */
async function run(name: string, words: readonly string[], moment: Moment) {
  const stop = moment && "stop" in moment ? moment.stop : "";
  const child = runs.spawn("crash_main.ts", [runs.path(name, "cache"), stop, ...words]);
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has just ended.
    }
  };
  const timer = moment && "ms" in moment ? setTimeout(kill, moment.ms) : undefined;
  let err = "";
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    err += part;
    if (/^stops \w+ change .*\n/m.test(err)) kill();
  }
  const { code } = await child.status;
  clearTimeout(timer);
  await child.stdin.close().catch(() => {});
  return { code, err };
}

/** Runs to the end, killed at these moments, one after the other. */
async function killedAt(name: string, moments: readonly Moment[]) {
  const told: string[] = [];
  const fell: string[] = [];
  for (const moment of [...moments, null]) {
    const isKept = runs.isKept(name);
    const isWhole = runs.isWhole(name);
    const words = isKept || isWhole ? runs.resumeWords(name) : runs.firstWords(name);
    const { code, err } = await run(name, words, isWhole ? null : moment);
    told.push(`${JSON.stringify(moment)}:\n${err}`);
    if (isWhole) {
      // Killed at its very end: the command that it had printed says so, and clears what was left.
      assert(code === 1 && err.includes("the run in it is whole"), told.join("\n"));
      break;
    }
    assert(code === 0 || moment !== null && code === 137, told.join("\n")); // it was killed, and did not fail
    if (code === 0) break;
    const stage = STAGES.findLast(([, begins]) => begins.test(err))![0];
    fell.push(moment && "stop" in moment ? `${stage}, at a change of files` : stage);
  }
  return { fell, told };
}

const moments = flag("moments", FEW);
const seed = flag("seed", 0);

Deno.test({
  name: `crash: a run killed ${moments} times (--moments, --seed ${seed}) ends as one that nobody killed`,
  ignore: Deno.build.os === "windows", // it has no such signal
  fn: async () => {
    const begun = performance.now();
    const { told: [whole] } = await killedAt("whole", []);
    const wholeMs = performance.now() - begun;
    const changes = Number(/^(\d+) changes of files$/m.exec(whole)![1]);
    const files = [...runs.left("whole").keys()];
    assertEquals(files.filter((path) => /\.tmp$|\.lock$|work[^/]*$/.test(path)), []);
    assert(files.filter((path) => path.endsWith(".safetensors")).length === 2 && changes > 50);
    const stages = new Map<string, number>();
    for (let [kills, at] = [0, 0]; kills < moments; at += KILLS) {
      const share = (n: number, i: number) => hash32(seed, at + n, i) / 2 ** 32;
      const drawn = Array.from({ length: Math.min(KILLS, moments - kills) }, (_, n) => {
        if (share(n, 0) < 0.5) return { ms: Math.round(share(n, 1) * wholeMs) };
        const half = share(n, 2) < 0.5 ? " half" : "";
        return { stop: `${1 + Math.floor(share(n, 1) * changes)}${half}` };
      });
      const name = `killed-${at}`;
      const { fell, told } = await killedAt(name, drawn);
      assertEquals(
        runs.differences(name, "whole"),
        [],
        `seed ${seed}, killed at ${JSON.stringify(drawn)}\n${told.join("\n")}`,
      );
      runs.remove(name);
      kills += fell.length; // a run that ended before its moment was not killed
      for (const stage of fell) stages.set(stage, (stages.get(stage) ?? 0) + 1);
      const where = [...stages].sort(([a], [b]) => a < b ? -1 : 1).map(([stage, count]) =>
        `${stage} ${count}`
      );
      if (Deno.args.length > 0) console.log(`${kills} kills, no loss: ${where.join(", ")}`);
    }
  },
});
