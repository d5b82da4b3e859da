// A command or block of a page runs, in run_test.ts or ok:examples, or has a mark that says why it does not. Nothing is run here,
// so that `deno task ok:docs` tells it at once.

import { assert, assertEquals, assertThrows } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { type Page, pageOf, PAGES } from "./pages.ts";
import { canRun } from "./runnable.ts";

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

for (const path of PAGES) {
  Deno.test(`${path}: each command and block runs, or is marked with the reason`, () => {
    assertEquals(faultsOf(pageOf(Deno.readTextFileSync(path))), []);
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
