// Runs of `finetune`, from no stage 1 to the report, as processes that are killed by `kill -9` at drawn moments: each goes on
// by --resume, and ends to the bit as the run that nobody killed. `deno task test:crash` draws 200 moments.

import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../../deno.json" with { type: "json" };
import { hash32 } from "../../../data/mod.ts";
import { exists } from "../../../data/disk/mod.ts";
import { filesIn } from "../command.ts";
import { Problem } from "../problem.ts";

/** Moments of a run of the test suite. */
const FEW = 12;

/** Kills of one run, each after it went on from the one before. */
const KILLS = 4;

const problem = new Problem();
const root = fileURLToPath(new URL("../../..", import.meta.url));
const stage1 = problem.path("stage1.yaml");
Deno.writeTextFileSync(stage1, "epochs: 2\nbatch: 32\n");

/** The number behind a flag of this test's own. */
function flag(name: string, otherwise: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(Deno.args[at + 1]);
}

const SETS = [
  "data.source=idx",
  `stage1=${stage1}`,
  "epochs=4",
  "optimizer.schedule.steps=[1]",
  "ensemble={}",
];

/** The words of the command that begins a run or, once the run can go on, goes on with it. */
function commandOf(name: string): string[] {
  const folder = problem.path(name, "run");
  const isKept = ["work.safetensors", "work-before.safetensors"].some((file) => exists(join(folder, file)));
  if (isKept) return ["finetune", "--resume", folder];
  return ["finetune", "--data", problem.data, "--out", folder, ...SETS.flatMap((key) => ["--set", key])];
}

/** Runs a command as deno.json has it. @param killMs Time after which it is killed; null: it is not. */
async function run(
  name: string,
  words: string[],
  killMs: number | null,
): Promise<{ code: number; err: string }> {
  const [, ...args] = manifest.tasks.finetune.command.split(" ");
  const permissions = args.slice(0, args.indexOf("train/cli/main.ts"));
  const child = new Deno.Command(Deno.execPath(), {
    args: [...permissions, "tests/train/run/crash_main.ts", problem.path(name, "cache"), ...words],
    cwd: root,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", XDG_RUNTIME_DIR: problem.folder },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = killMs === null ? null : setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has just ended.
    }
  }, killMs);
  const err = await new Response(child.stderr).text();
  const { code } = await child.status;
  if (timer !== null) clearTimeout(timer);
  return { code, err };
}

/** Runs to the end, killed after so many milliseconds each time. @returns what the run leaves, and how often it was killed. */
async function killedAt(name: string, moments: readonly number[]) {
  const told: string[] = [];
  let [code, kills] = [1, 0];
  for (const ms of [...moments, null]) {
    const words = commandOf(name);
    const isWhole = words[1] !== "--resume" && exists(problem.path(name, "run/summary.json"));
    if (code === 0 || isWhole) break;
    const ended = await run(name, words, ms);
    told.push(`${ms} ms:\n${ended.err}`);
    ({ code } = ended);
    assert(code === 0 || ms !== null && code === 137, told.join("\n")); // it was killed, and did not fail
    if (code !== 0) kills++;
  }
  // Killed at its very end, the run has nothing to go on with, so nobody takes its claim over.
  const lock = problem.path(name, "run/run.lock");
  if (code !== 0 && exists(lock)) Deno.removeSync(lock);
  return { left: resultsOf(name), kills };
}

/** Paths of all files under a folder. */
function* under(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* under(join(folder, name));
    else yield join(folder, name);
  }
}

/** All that a run leaves, but for times. */
function resultsOf(name: string) {
  const folder = problem.path(name, "run");
  const text = (file: string) => Deno.readTextFileSync(join(folder, file));
  const { date: _date, seconds: _seconds, throughput: _speed, ...summary } = JSON.parse(text("summary.json"));
  return {
    files: filesIn(folder),
    cached: filesIn(problem.path(name, "cache/stage1")),
    left: [...under(problem.path(name))].filter((path) => /\.tmp$|\.lock$|work[^/]*$/.test(path)),
    weights: [...under(problem.path(name))].filter((path) => path.endsWith(".safetensors")).sort()
      .map((path) => createHash("sha256").update(Deno.readFileSync(path)).digest("hex")),
    recalls: text("recalls.csv"),
    epochs: text("metrics.csv").trimEnd().split("\n").map((row) => row.split(",").slice(0, 4)),
    summary,
    charts: text("report.html").match(/<svg[\s\S]*?<\/svg>/g),
  };
}

const moments = flag("moments", FEW);
const seed = flag("seed", 0);

Deno.test({
  name:
    `crash: a run killed at ${moments} drawn moments (--moments, --seed ${seed}) ends as one that nobody killed`,
  ignore: Deno.build.os === "windows", // it has no such signal
  fn: async () => {
    const begun = performance.now();
    const { left: expected } = await killedAt("whole", []);
    const wholeMs = performance.now() - begun;
    assertEquals(expected.left, []);
    assert(expected.charts!.length > 0 && expected.weights.length === 2);
    for (let [kills, at] = [0, 0]; kills < moments; at += KILLS) {
      const draw = (i: number) => Math.round(hash32(seed, at + i) / 2 ** 32 * wholeMs);
      const times = Array.from({ length: Math.min(KILLS, moments - kills) }, (_, i) => draw(i));
      const name = `killed ${at}`;
      const { left, kills: more } = await killedAt(name, times);
      assertEquals(left, expected, `seed ${seed}, killed after ${times.join(", ")} ms`);
      Deno.removeSync(problem.path(name), { recursive: true });
      kills += more; // a run that ended before its moment was not killed
    }
  },
});
