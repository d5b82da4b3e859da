// The pages that people read: every command in them is one of the program's, with flags, configs and keys that exist; links
// lead to files. That they run is seen by run_test.ts, cut short and on other files: here it is the page's own keys that are
// read.

import { assert, assertEquals } from "@std/assert";
import { dirname, join, normalize } from "node:path";
import manifest from "../../deno.json" with { type: "json" };
import { commands } from "../../train/cli/main.ts";
import { kindOf, loadConfigOf } from "../../train/config/load.ts";
import { parseFlags, wordsOf } from "../../train/flags/flags.ts";
import { pageOf, PAGES } from "./pages.ts";

/** The words of a command line, quotes taken off. */
function wordsIn(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]);
}

/** Finds the fault of a command of a page; null for a command that would run. */
async function faultOf(command: string): Promise<string | null> {
  const line = command.replace(/^(deno task|\.\/setup\.sh(?: --mpi)?) /, "");
  const words = wordsIn(line);
  if (line === command) {
    // A program that is run by its file; `deno test -A` has none.
    const missing = words.filter((word) => word.endsWith(".ts")).find((file) => !exists(file));
    return missing === undefined ? null : `there is no file ${missing}`;
  }
  const task = words[0];
  if (!(task in manifest.tasks)) return `there is no task ${task}`;
  const name = Object.keys(commands).find((name) => line === name || line.startsWith(`${name} `));
  if (!name) return null; // a task that is no command of the program
  const { about, flags, example, repeated, operands } = commands[name];
  const args = words.slice(name.split(" ").length).filter((word) => word !== "…" && word !== "FLAGS");
  const given = parseFlags(args, wordsOf(name, about, flags, example, { operands }), repeated);
  // A config named FILE, or in a run's folder, is the reader's own.
  const own = given.config !== null && !given.config.startsWith("configs/");
  if (!own) await loadConfigOf(kindOf(name), given.config, { set: given.set });
  return null;
}

/** Tells whether a file of the repository is there. */
function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

for (const page of PAGES) {
  Deno.test(`${page}: its commands exist, with flags, configs and keys`, async () => {
    const text = Deno.readTextFileSync(page);
    const faults: string[] = [];
    for (const command of pageOf(text).commands) {
      const fault = await faultOf(command).catch((error: Error) => error.message);
      if (fault) faults.push(`${command}: ${fault}`);
    }
    assertEquals(faults, []);
  });

  Deno.test(`${page}: its links lead to files`, () => {
    const text = Deno.readTextFileSync(page);
    const missing = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => match[1])
      .filter((link) => {
        try {
          Deno.statSync(normalize(join(dirname(page), link)));
          return false;
        } catch {
          return true;
        }
      });
    assertEquals(missing, []);
  });
}

Deno.test("a command that would not run is found", async () => {
  const wrong = [
    "deno task finetun --data DIR",
    "deno task finetune --date DIR",
    "./setup.sh train --set epoch=2",
    "deno task finetune --config configs/x.yaml",
    "deno run -A bench/nothing.ts",
  ];
  for (const command of wrong) {
    const fault = await faultOf(command).catch((error: Error) => error.message);
    assert(fault, command);
  }
});

Deno.test("the front page has at most 150 lines", () => {
  const lines = Deno.readTextFileSync("README.md").split("\n").length;
  assert(lines <= 150, `${lines} lines`);
});
