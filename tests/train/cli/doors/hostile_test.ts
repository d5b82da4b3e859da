// A package that turned hostile, in a run of a task as users start it: with the task's own command line.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../../../deno.json" with { type: "json" };
import { Problem } from "../../problem.ts";
import { attack } from "./hostile.ts";

const problem = new Problem();
const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Runs a task with a package whose code begins with the attack. */
async function attacked(
  task: "finetune" | "evaluate",
  folder: string,
  args: string[],
  permissions?: string[],
) {
  const aims = {
    secret: problem.path("elsewhere", ".ssh", "id"),
    outside: problem.path("elsewhere", "left"),
    link: join(folder, "link"),
  };
  Deno.mkdirSync(problem.path("elsewhere", ".ssh"), { recursive: true });
  Deno.writeTextFileSync(aims.secret, "secret");
  Deno.mkdirSync(folder, { recursive: true });
  const name = "simple-statistics";
  const own = manifest.imports[name];
  const code = `${attack}; console.error("ATTACK " + JSON.stringify(await attack(${JSON.stringify(aims)})));
    export * from ${JSON.stringify(own)};`;
  const map = problem.path("hostile.json");
  const here = Object.entries({
    ...manifest.imports,
    [name]: `data:text/javascript,${encodeURIComponent(code)}`,
  })
    .map((
      [key, value],
    ) => [key, value.startsWith("./") ? new URL(`file://${join(root, value)}`).href : value]);
  Deno.writeTextFileSync(map, JSON.stringify({ imports: Object.fromEntries(here) }));
  const [, run, ...words] = manifest.tasks[task].command.split(" ");
  const at = words.indexOf("train/cli/main.ts");
  const { code: exit, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      run,
      "--no-lock",
      "--import-map",
      map,
      ...permissions ?? words.slice(0, at),
      ...words.slice(at),
      ...args,
    ],
    cwd: root,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", XDG_RUNTIME_DIR: problem.folder },
    stdin: "null",
    stdout: "null",
  }).output();
  const err = new TextDecoder().decode(stderr);
  const found = [...err.matchAll(/^ATTACK (.*)$/gm)].map(([, text]) =>
    JSON.parse(text) as Record<string, string>
  );
  return { exit, err, found, aims };
}

Deno.test("doors: hostile code in a run reaches no file, no program, no network beside what the command names", async () => {
  const out = problem.path("attacked run");
  const { exit, err, found, aims } = await attacked("finetune", problem.path("attacked"), [
    ...problem.flags("attacked run", "epochs=1"),
  ]);
  assertEquals(exit, 0, err);
  assert(found.length >= 1, err);
  for (const each of found) {
    assertEquals(Object.entries(each).filter(([, end]) => end === "reached"), []);
    assertStringIncludes(each["a file"], "Requires read access");
    assertStringIncludes(each["writing"], "Requires write access");
  }
  assertEquals(Deno.readTextFileSync(aims.secret), "secret");
  // The report has pictures of the images, without native code.
  assertStringIncludes(Deno.readTextFileSync(join(out, "report.html")), "data:image/png;base64,");
});

Deno.test("doors: each attempt reaches its aim where nothing is denied, so that the test above can fail", async () => {
  const folder = problem.path("unconfined");
  const aims = { secret: join(folder, "a", "b"), outside: join(folder, "out"), link: join(folder, "link") };
  Deno.mkdirSync(join(folder, "a"), { recursive: true });
  Deno.writeTextFileSync(aims.secret, "secret");
  const code = `${attack}; console.log(JSON.stringify(await attack(${JSON.stringify(aims)})));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", `data:text/javascript,${encodeURIComponent(code)}`],
    cwd: folder,
    stderr: "inherit",
  }).output();
  const found = JSON.parse(new TextDecoder().decode(stdout)) as Record<string, string>;
  const denied = Object.entries(found).filter(([, end]) => /Requires|denied|not capable/i.test(end));
  assertEquals(denied, []);
});
