// Every command of the pages runs, cut short and on made-up files, unless the page says why it does not. Identical
// commands run once, each with the permissions that its task gives it. `./setup.sh TASK` counts as `deno task TASK`,
// which tests/setup_test.ts shows it to be.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { commands } from "../../train/cli/main.ts";
import manifest from "../../deno.json" with { type: "json" };
import type { Finished } from "../train/command.ts";
import { confinedEveryclass } from "../train/cli/doors/confined.ts";
import { argumentsOf, cache, LEFT_BY } from "./made_up.ts";
import { type Page, pageOf, PAGES } from "./pages.ts";

/** Tells whether a command is one that this test can run: of the program, and without anything to fetch. */
const canRun = (command: string) => taskOf(command) !== null && !command.includes("pretrained=");

/** The arguments that a command gives to the program; null for a command that is none of the program's. */
function taskOf(command: string): string | null {
  const task = command.replace(/^(deno task|\.\/setup\.sh) /, "");
  return task !== command && Object.keys(commands).some((name) => `${task} `.startsWith(`${name} `))
    ? task
    : null;
}

/** The faults of a page: what neither runs nor says why, and marks of what runs or is not there. */
function faultsOf({ commands, others, marks }: Page): string[] {
  const marked = new Set(marks.flatMap((mark) => mark.commands));
  const blocks = new Set(marks.map(({ block }) => block));
  return [
    ...commands.filter((command) => !canRun(command) && !marked.has(command))
      .map((command) => `${command} neither runs nor is marked`),
    ...others.filter((block) => !blocks.has(block)).map((block) =>
      `the block ${block} neither runs nor is marked`
    ),
    ...[...marked].filter((command) => canRun(command)).map((command) => `${command} is marked, but runs`),
    ...[...marked].filter((command) => !commands.includes(command)).map((command) =>
      `${command} is marked, but not there`
    ),
    ...marks.filter((mark) => mark.commands.length === 0 && mark.block === null)
      .map(({ reason }) => `no block is under the mark ${reason}`),
  ];
}

const pages = PAGES.map((path) => ({ path, page: pageOf(Deno.readTextFileSync(path)) }));
const tasks = [
  ...new Set(pages.flatMap(({ page }) => page.commands.filter(canRun).map((command) => taskOf(command)!))),
];

for (const { path, page } of pages) {
  Deno.test(`${path}: each command and block runs, or is marked with the reason`, () => {
    assertEquals(faultsOf(page), []);
  });
}

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

Deno.test("TypeScript blocks stand on pages whose examples are run", () => {
  const examples = manifest.tasks["ok:examples"].command;
  for (const path of PAGES) {
    const text = Deno.readTextFileSync(path);
    assert(
      !/^```(js|javascript|typescript|ts +\S|sh|bash)/m.test(text),
      `${path} has a block that nothing runs`,
    );
    if (/^```ts$/m.test(text)) {
      assert(
        examples.includes(path.startsWith("docs/") ? " docs " : ` ${path} `),
        `${path} is not run by ok:examples`,
      );
    }
  }
});

Deno.test("what neither runs nor is marked is found, and so is a mark of nothing", () => {
  const faults = (text: string) => faultsOf(pageOf(text));
  assertEquals(faults("Run `deno task bench`, then\n`deno task train`."), [
    "deno task bench neither runs nor is marked",
  ]);
  assertEquals(faults("<!-- not run, `deno task bench`: hours -->\nRun `deno task\nbench`."), []);
  assertEquals(faults("a\n\n    deno run -A x.ts # why\n"), ["deno run -A x.ts neither runs nor is marked"]);
  assertEquals(faults("a\n\n```\nout\n```\n"), ["the block out neither runs nor is marked"]);
  assertEquals(faults("<!-- not run: printed -->\n\n```\nout\n```\n"), []);
  assertEquals(faults("<!-- not run: printed -->\n\na\n\n```\nout\n```\n"), [
    "the block out neither runs nor is marked",
    "no block is under the mark printed",
  ]);
  assertEquals(faults("<!-- not run, `deno task train`: slow -->\n`deno task train`"), [
    "deno task train is marked, but runs",
  ]);
  assertEquals(faults("<!-- not run, `deno task bench`: hours -->\n"), [
    "deno task bench is marked, but not there",
  ]);
  assertThrows(() => faults("<!-- later -->\n"), SyntaxError, "it takes <!-- not run: REASON -->");
  assertEquals(pageOf("    deno task train --set a=1 \\\n      --seed 2\n").commands, [
    "deno task train --set a=1 --seed 2",
  ]);
});
