// Whole runs of `finetune` as processes, from no stage 1 to the report, cut short by small images and few epochs.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../../deno.json" with { type: "json" };
import { exists } from "../../../data/disk/mod.ts";
import { beginIndex } from "../command.ts";
import { Problem } from "../problem.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Runs of one problem, each by its name, which is that of a folder with the run's folder and its cache. */
export class WholeRuns {
  readonly #problem = new Problem();
  readonly #sets: string[];

  constructor() {
    const stage1 = this.#problem.path("stage1.yaml");
    Deno.writeTextFileSync(stage1, "epochs: 2\nbatch: 32\n");
    const schedule = "optimizer.schedule.steps=[1]";
    this.#sets = ["data.source=idx", `stage1=${stage1}`, "epochs=4", schedule, "ensemble={}"];
  }

  /** A path in the folder of a run. */
  path(name: string, ...parts: string[]): string {
    return this.#problem.path(name, ...parts);
  }

  /** The words that begin a run, in a folder with an index of runs. @param sets More config keys. */
  firstWords(name: string, sets: readonly string[] = []): string[] {
    Deno.mkdirSync(this.path(name), { recursive: true });
    beginIndex(this.path(name));
    const keys = [...this.#sets, ...sets].flatMap((key) => ["--set", key]);
    return ["finetune", "--data", this.#problem.data, "--out", this.path(name, "run"), ...keys];
  }

  /** The words that go on with a run. */
  resumeWords(name: string): string[] {
    return ["finetune", "--resume", this.path(name, "run")];
  }

  /** True once a run can go on. */
  isKept(name: string): boolean {
    return ["work.safetensors", "work-before.safetensors"].some((file) =>
      exists(this.path(name, "run", file))
    );
  }

  /** True where all results are written, and nothing is left to go on with. */
  isWhole(name: string): boolean {
    return !this.isKept(name) && exists(this.path(name, "run", "summary.json"));
  }

  /** Begins a process with the permissions that deno.json gives the task. @param main A module of this folder. */
  spawn(main: string, words: readonly string[]): Deno.ChildProcess {
    const [, ...args] = manifest.tasks.finetune.command.split(" ");
    const permissions = args.slice(0, args.indexOf("train/cli/main.ts"));
    return new Deno.Command(Deno.execPath(), {
      args: [...permissions, "--no-check", `tests/train/whole/${main}`, ...words],
      cwd: root,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", XDG_RUNTIME_DIR: this.#problem.folder },
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  }

  /** All files that a run left, in its folder and in its cache, by their paths: their lines without what a clock says, or a digest. */
  left(name: string): Map<string, string[]> {
    const folder = this.path(name);
    return new Map(
      [...under(folder)].sort().map((path) => {
        const bytes = Deno.readFileSync(path);
        const lines = /\.(html|json|csv|yaml)$/.test(path)
          ? timeless(path, new TextDecoder().decode(bytes)).replaceAll(folder, "FOLDER").split("\n")
          : [createHash("sha256").update(bytes).digest("hex")];
        return [path.slice(folder.length + 1), lines];
      }),
    );
  }

  /** The differences of what two runs left: files that one of them lacks, and the first line that differs of each other file. */
  differences(name: string, other: string): string[] {
    const [left, expected] = [this.left(name), this.left(other)];
    return [...new Set([...left.keys(), ...expected.keys()])].flatMap((path) => {
      const [lines, wanted] = [left.get(path) ?? ["not there"], expected.get(path) ?? ["not there"]];
      const at = lines.findIndex((line, i) => line !== wanted[i]);
      if (at < 0 && lines.length === wanted.length) return [];
      return [`${path}, line ${at + 1}: ${lines[at]?.slice(0, 200)}, not ${wanted[at]?.slice(0, 200)}`];
    });
  }

  /** Removes all that a run left. */
  remove(name: string): void {
    Deno.removeSync(this.path(name), { recursive: true });
  }
}

/** Paths of all files under a folder. */
function* under(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* under(join(folder, name));
    else yield join(folder, name);
  }
}

/** The text of a file without what depends on a clock: dates, seconds, images a second and the time spent waiting. */
function timeless(path: string, text: string): string {
  if (path.endsWith("summary.json")) {
    const { date: _date, seconds: _seconds, throughput: _speed, ...rest } = JSON.parse(text);
    return JSON.stringify(rest);
  }
  if (path.endsWith("metrics.csv")) {
    return text.split("\n").map((row) => row.split(",").filter((_, i) => i !== 4 && i !== 5).join()).join(
      "\n",
    );
  }
  return text
    .replace(/<h2>Time<\/h2>.*?<\/section>/s, "")
    .replace(/<dt>Forward passes<\/dt><dd>.*?<\/dd>\n/, "")
    .replaceAll(/\d{4}-\d\d-\d\d( \d\d:\d\d)?/g, "DATE");
}
