// Commands under mpirun, with exactly the permissions that deno.json gives their tasks.

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import manifest from "../../../deno.json" with { type: "json" };
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const ignore = !await hasOpenMpi();

async function hasOpenMpi(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("mpirun", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).includes("Open MPI");
  } catch {
    return false;
  }
}

/** A task of deno.json in two processes. As root and on fewer cores than ranks, mpirun wants to be told that this is meant. */
function inTwo(name: "finetune" | "train", flags: readonly string[]): Deno.ChildProcess {
  const [, ...words] = manifest.tasks[name].command.split(" ");
  return new Deno.Command("mpirun", {
    args: [
      ...["--allow-run-as-root", "--oversubscribe", "-np", "2", Deno.execPath()],
      ...[...words, ...flags, "--distributed"],
    ],
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    env: { NO_COLOR: "1", XDG_RUNTIME_DIR: problem.folder },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

const bytesOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));

Deno.test({
  name: "mpirun: finetune in two processes leaves what one leaves, to the byte (needs Open MPI)",
  ignore,
  async fn() {
    const { code, stderr } = await inTwo("finetune", problem.flags("two", "epochs=2")).output();
    const err = new TextDecoder().decode(stderr);
    assertEquals(code, 0, err);
    assertMatch(err, /Computing in 2 processes: 2 on /);
    assertEquals((await everyclass(["finetune", ...problem.flags("one", "epochs=2")])).code, 0);
    assertEquals(bytesOf("two"), bytesOf("one"));
  },
});

Deno.test({
  name:
    "mpirun: where a process is killed the run ends, and goes on from its last save (needs Open MPI on Linux)",
  ignore: ignore || Deno.build.os !== "linux",
  async fn() {
    const flags = problem.trainFlags("killed", "network=resnet8 epochs=100000");
    const job = inTwo("train", flags);
    let [told, isKilled] = ["", false];
    const decoder = new TextDecoder();
    for await (const part of job.stderr) {
      told += decoder.decode(part);
      if (!isKilled && /epoch 2 of/.test(told)) {
        Deno.kill(rankOf(job.pid, 1), "SIGKILL");
        isKilled = true;
      }
      if (told.includes("signal 9 (Killed)")) break;
    }
    await job.stdout.cancel();
    assertMatch(told, /rank 1 .*signal 9 \(Killed\)/s);
    assertNotEquals((await job.status).code, 0);
    // mpirun does not wait for the first process; on a busy machine the system takes seconds to take it down.
    const lock = problem.path("killed", "run.lock");
    const { code: held } = await new Deno.Command("flock", { args: ["--wait", "60", lock, "true"] }).output();
    assertEquals(held, 0, "the claim is still held");
    const { code, err } = await everyclass(
      ["train", "--resume", problem.path("killed")],
      (line, send) => /epoch \d+ of/.test(line) && send("SIGTERM"),
    );
    assertMatch(err, /is gone: this run takes it over.*epoch \d+ of.*what was worked out is kept/s);
    assertEquals(code, 143);
  },
});

/** The process of a rank among the children of mpirun. */
function rankOf(launcher: number, rank: number): number {
  // Deno itself reads nothing below /proc.
  const script = `for folder in /proc/[0-9]*; do
    grep -q '^PPid:.\\b${launcher}$' $folder/status 2>/dev/null &&
      tr '\\0' '\\n' <$folder/environ | grep -q '^OMPI_COMM_WORLD_RANK=${rank}$' && echo \${folder#/proc/}
  done`;
  const { stdout } = new Deno.Command("sh", { args: ["-c", script] }).outputSync();
  const pid = Number(new TextDecoder().decode(stdout));
  assert(pid > 0, `mpirun has no child of rank ${rank}`);
  return pid;
}
