// The default run, from no stage 1 to its report, as a process that is stopped or killed in every stage: it goes on by
// the very command that it printed, and ends as one that nobody stopped. It is cut short by small images and few epochs.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../../deno.json" with { type: "json" };
import { filesIn } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const root = fileURLToPath(new URL("../../..", import.meta.url));
const stage1 = problem.path("stage1.yaml");
Deno.writeTextFileSync(stage1, "epochs: 2\nbatch: 32\n");

/** The stages of a run, and a line of progress in each. */
const STAGES = {
  "reading the images": "Reading ",
  "stage 1": "stage 1: epoch 1 of 2",
  "its evaluation": "Features of ",
  "the views": "view 1 of 2: ",
  "re-training": "re-train: epoch 2 of 4",
  "the report": " samples in ",
};
type StageName = keyof typeof STAGES;
type Stop = [stage: StageName, signal: Deno.Signal];

const EXIT_CODES: Partial<Record<Deno.Signal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** The words of `deno task finetune ...` for a run in a folder with a name that a shell takes apart. */
function firstCommand(name: string): string[] {
  const sets = [
    "data.source=idx",
    `stage1=${stage1}`,
    "epochs=4",
    "optimizer.schedule.steps=[1]",
    "ensemble={}",
  ];
  return [
    ...["deno", "task", "finetune", "--data", problem.data, "--out", problem.path(name, "it's a run")],
    ...sets.flatMap((key) => ["--set", key]),
  ];
}

/** The words of a printed command, as a shell takes them. */
function wordsOf(command: string): string[] {
  return command.match(/('[^']*'|\\.|[^\s'\\])+/g)!.map((word) => word.replace(/'([^']*)'|\\(.)/g, "$1$2"));
}

/** Runs a command as deno.json has it, but for a cache of its own. @param stop Where to send which signal; null: nowhere. */
async function run(name: string, [deno, task, ...words]: string[], stop: Stop | null) {
  assertEquals([deno, task], ["deno", "task"]);
  const [, ...args] = manifest.tasks.finetune.command.split(" ");
  const at = args.indexOf("train/cli/main.ts");
  assertEquals(args.slice(at + 1), words.splice(0, 1));
  const marker = stop ? STAGES[stop[0]] : "";
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...args.slice(0, at),
      "tests/train/cli/waiting_main.ts",
      ...[problem.path(name, "cache"), marker, "finetune"],
      ...words,
    ],
    cwd: root,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", XDG_RUNTIME_DIR: problem.folder },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  let [err, sent] = ["", false];
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    err += part;
    if (sent || !stop || !err.includes(marker)) continue;
    sent = true;
    child.kill(stop[1]); // it waits
    if (stop[1] !== "SIGKILL") await input.write(new Uint8Array(1));
    if (stop[1] === "SIGHUP") break; // and nobody reads on, as of a terminal that was closed
  }
  const { code } = await child.status;
  await input.close().catch(() => {}); // it may be gone
  assert(sent || !stop, `${stop?.[0]} never began:\n${err}`);
  return { code, err };
}

/** The command that goes on with a run, as it is told where the run's first command is given again. */
async function refusal(name: string, command: string[]): Promise<string> {
  const { code, err } = await run(name, command, null);
  const [, flag] = /it holds a run that was cut off: go on with that by (--resume .*), or take/.exec(err) ??
    [];
  assert(code === 1 && flag, err);
  return `deno task finetune ${flag}`;
}

/** A run that gets these signals, one after the other, each after it went on; what it leaves. */
async function cutOff(name: string, stops: Stop[]) {
  let command = firstCommand(name);
  let last = 1;
  for (const [stage, signal] of stops) {
    const { code, err } = await run(name, command, [stage, signal]);
    last = code;
    const told = `${signal} in ${stage}:\n${err}`;
    const [, atFirst] = /^The run is kept in .*\. Should it be cut off, go on by: (.*)$/m.exec(err) ?? [];
    const goOn = atFirst ?? await refusal(name, command);
    assertEquals(atFirst === undefined, stage === "reading the images", told); // where nothing was worked out yet
    command = wordsOf(goOn);
    if (signal === "SIGKILL") continue;
    if (signal === "SIGHUP") {
      assertEquals(code, 129, told);
      continue;
    }
    // There is little left to do that takes time: a run may end before it looks for the signal.
    if (stage !== "the report" || code !== 0) {
      assertEquals(code, EXIT_CODES[signal], told);
      assertStringIncludes(err, "To go on:\n", told);
      assert(err.endsWith(`  ${goOn}\n`), told);
    }
  }
  if (last !== 0) {
    const { code, err } = await run(name, command, null);
    assertEquals(code, 0, err);
  }
  return resultsOf(name);
}

/** All that a run leaves, but for times. */
function resultsOf(name: string) {
  const folder = problem.path(name, "it's a run");
  const text = (file: string) => Deno.readTextFileSync(join(folder, file));
  const { before, after, ensemble } = JSON.parse(text("summary.json"));
  return {
    files: filesIn(folder),
    cached: filesIn(problem.path(name, "cache/stage1")),
    checkpoint: createHash("sha256").update(Deno.readFileSync(join(folder, "checkpoint.safetensors"))).digest(
      "hex",
    ),
    recalls: text("recalls.csv"),
    epochs: text("metrics.csv").trimEnd().split("\n").map((row) => row.split(",").slice(0, 4)),
    metrics: { before, after, ensemble },
  };
}

let whole: ReturnType<typeof cutOff> | null = null;
/** What the run leaves that nobody stops. */
const expected = () => whole ??= cutOff("whole", []);

Deno.test("cut off: the run that nobody stops", async () => {
  const whole = await expected();
  assertEquals(whole.epochs.map(([epoch]) => epoch), ["epoch", "1", "2", "3", "4"]);
  assertEquals(whole.files.includes("work.safetensors"), false);
});

const all = Object.keys(STAGES) as StageName[];
for (
  const [name, stops] of [
    ["Ctrl-C in every stage", all.map((stage) => [stage, "SIGINT"])],
    ["kill -9 in every stage", all.map((stage) => [stage, "SIGKILL"])],
    ["requests to terminate and closed terminals", [
      ["reading the images", "SIGHUP"],
      ["stage 1", "SIGTERM"],
      ["the views", "SIGTERM"],
      ["re-training", "SIGHUP"],
    ]],
  ] as [string, Stop[]][]
) {
  Deno.test({
    name: `cut off: ${name}`,
    ignore: Deno.build.os === "windows", // it has no such signals to send
    fn: async () => assertEquals(await cutOff(name, stops), await expected()),
  });
}
