import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Command, dispatch } from "../../../train/cli/dispatch.ts";
import { Interrupted } from "../../../train/terminal/interrupt.ts";
import type { Flags } from "../../../train/flags/flags.ts";
import { commands as real } from "../../../train/cli/main.ts";

/** Runs a command line with commands that only record their flags. */
async function run(args: string[], body: (flags: Flags) => Promise<number> = () => Promise.resolve(0)) {
  const printed = { out: "", err: "", code: 0, ran: null as Flags | null };
  const load = () =>
    Promise.resolve({
      run: (flags: Flags) => {
        printed.ran = flags;
        return body(flags);
      },
    });
  const commands: Record<string, Command> = Object.fromEntries(
    Object.entries(real).map(([name, words]) => [name, { ...words, load }]),
  );
  printed.code = await dispatch(args, commands, {
    out: (text) => printed.out += text + "\n",
    err: (text) => printed.err += text + "\n",
  });
  return printed;
}

Deno.test("a command runs with its flags and its exit code is kept", async () => {
  const { code, ran, out, err } = await run(["finetune", "--seed", "3"], () => Promise.resolve(130));
  assertEquals([code, ran?.seed, out, err], [130, 3, "", ""]);
});

Deno.test("an unknown command names the nearest one and exits with 1", async () => {
  const { code, out, err } = await run(["fintune"]);
  assertEquals([code, out], [1, ""]);
  assertEquals(
    err,
    "error: Cannot run fintune: everyclass has no such command; the nearest is finetune " +
      `(of ${Object.keys(real).join(", ")})\n`,
  );
});

Deno.test("a command of two words runs, and its first word alone tells which there are", async () => {
  const { code, ran } = await run(["reproduce", "table1", "--seeds", "5"]);
  assertEquals([code, ran?.seeds], [0, 5]);
  const alone = await run(["reproduce"]);
  assertEquals([alone.code, alone.out, alone.err.match(/^ {2}reproduce \w+ /gm)], [1, "", [
    "  reproduce table1 ",
    "  reproduce figures ",
    "  reproduce beyond ",
  ]]);
  for (const words of [["reproduce", "table2"], ["reproduce", "--seeds", "5"]]) {
    const { code, err } = await run(words);
    assertEquals(code, 1);
    assertStringIncludes(err, "(of reproduce table1, reproduce figures, reproduce beyond)");
  }
  const help = await run(["reproduce", "--help"]);
  assertEquals([help.code, help.err, help.out.includes("finetune")], [0, "", false]);
  assertStringIncludes(help.out, "reproduce figures");
});

Deno.test("the help of a command lists its flags and does not run it", async () => {
  for (const [name, words] of Object.entries(real)) {
    const { code, out, err, ran } = await run([name, "--help"]);
    assertEquals([code, err, ran], [0, "", null]);
    for (const flag of words.flags) assertStringIncludes(out, `--${flag}`);
    assertMatch(out, /\n {2}--help .*\n\nExample/, "a command's own flags stand first");
  }
});

Deno.test("the overview lists the commands: asked for on stdout, else on stderr with exit code 1", async () => {
  const asked = await run(["--help"]);
  const bare = await run([]);
  for (const name of Object.keys(real)) assertStringIncludes(asked.out, name);
  assertEquals([asked.code, asked.err, bare.code, bare.out], [0, "", 1, ""]);
  assertEquals(bare.err, asked.out);
});

Deno.test("an error of a command is one message on stderr with its cause, and exit code 1", async () => {
  const { code, out, err } = await run(["doctor"], () => {
    throw new RangeError("Cannot find an adapter", { cause: new Error("no driver") });
  });
  assertEquals([code, out, err], [1, "", "error: Cannot find an adapter\n  because: no driver\n"]);
});

Deno.test("a command that a signal stopped says so and exits as shells expect", async () => {
  const { code, err } = await run(["finetune"], () => Promise.reject(new Interrupted(130)));
  assertEquals([code, err], [130, "Stopped by the user\n"]);
});

Deno.test("a name that objects have by nature is no command", async () => {
  assertEquals((await run(["constructor"])).code, 1);
});
