// Every command of the pages runs, cut short and on made-up files, unless the page says why it does not (marks_test.ts).
// Identical commands run once, each with the permissions that its task gives it. `./setup.sh TASK` counts as
// `deno task TASK`, which tests/setup_test.ts shows it to be.

import { assert, assertEquals } from "@std/assert";
import type { Finished } from "../train/command.ts";
import { confinedEveryclass } from "../train/cli/doors/confined.ts";
import { argumentsOf, cache, LEFT_BY } from "./made_up.ts";
import { canRun, taskOf } from "./runnable.ts";
import { pageOf, PAGES } from "./pages.ts";

const commands = PAGES.flatMap((path) => pageOf(Deno.readTextFileSync(path)).commands);
const tasks = [...new Set(commands.filter(canRun).map((command) => taskOf(command)!))];

/** Files that each run left: a command takes those that an earlier command made. */
const runs = new Map<string, Promise<Finished>>();

/** Runs a command once, after those whose folders it takes. */
function run(task: string): Promise<Finished> {
  const begin = async () => {
    for (const [folder, by] of Object.entries(LEFT_BY)) {
      if (new RegExp(`${folder}(?![\\w-])`).test(task)) await run(by);
    }
    // Without a checkpoint it measures the stage 1 that the default run trains.
    if (task === "evaluate") await run("finetune");
    return await confinedEveryclass(argumentsOf(task).args, cache);
  };
  const known = runs.get(task) ?? begin();
  runs.set(task, known);
  return known;
}

for (const task of tasks) {
  Deno.test(`deno task ${task}`, async () => {
    const { code, out, err } = await run(task);
    assertEquals(code, 0, err);
    const { out: file } = argumentsOf(task);
    assert(out !== "" || file !== null, "nothing is printed, and no file is written");
    if (file !== null) assert(Deno.statSync(file), file);
  });
}
