import { pairLines } from "../flags/columns.ts";
import { helpOf } from "../flags/command_line.ts";
import { describeError, UsageError } from "../flags/errors.ts";
import { type FlagName, type Flags, type OwnWords, parseFlags, wordsOf } from "../flags/flags.ts";
import { Interrupted } from "../terminal/interrupt.ts";
import { nearest } from "../flags/nearest.ts";

/** A command of the command line. */
export interface Command extends OwnWords {
  /** One line on what it does, for the list of commands. */
  about: string;
  /** The flags it takes. */
  flags: readonly FlagName[];
  /** Those of them that may be given several times, besides `set`. */
  repeated?: readonly FlagName[];
  /** An example, without the command itself. */
  example: string;
  /** Imports the command only when it runs, so that help is quick and needs no permission. */
  load: () => Promise<{ run(flags: Flags): Promise<number> }>;
}

/** Where the command line prints to. */
export interface Output {
  /** Prints a text on stdout. */
  out(text: string): void;
  /** Prints a text on stderr. */
  err(text: string): void;
}

/**
 * Runs the command named by the first argument, or by the first two of a command such as `reproduce table1`.
 *
 * @param args The arguments of the process.
 * @param commands The commands by name.
 * @param output Where to print; the console by default.
 * @returns The exit code: the command's own, 1 after an error, 128 + its number where a signal stopped it.
 */
export async function dispatch(
  args: readonly string[],
  commands: Record<string, Command>,
  output: Output = { out: console.log, err: console.error },
): Promise<number> {
  try {
    if (args.length === 0) {
      output.err(overview(commands));
      return 1;
    }
    if (isHelp(args[0])) {
      output.out(overview(commands));
      return 0;
    }
    const group = Object.entries(commands).filter(([name]) => name.startsWith(`${args[0]} `));
    if (group.length > 0 && isHelp(args[1])) {
      output.out(overview(Object.fromEntries(group)));
      return 0;
    }
    const count = group.length > 0 ? 2 : 1;
    const [name, rest] = [args.slice(0, count).join(" "), args.slice(count)];
    if (!Object.hasOwn(commands, name)) {
      const known = group.length > 0 ? group.map(([name]) => name) : Object.keys(commands);
      throw new UsageError(
        `Cannot run ${name}: everyclass has no such command; the nearest is ${nearest(name, known)} (of ${
          known.join(", ")
        })`,
      );
    }
    const command = commands[name];
    const words = wordsOf(name, command.about, command.flags, command.example, command);
    const flags = parseFlags(rest, words, command.repeated);
    if (flags.help) {
      output.out(helpOf(words));
      return 0;
    }
    return await (await command.load()).run(flags);
  } catch (error) {
    if (error instanceof Interrupted) {
      output.err(error.message);
      return error.exitCode;
    }
    output.err(describeError(error));
    return 1;
  }
}

const isHelp = (word: string | undefined) => ["help", "--help", "-h"].includes(word ?? "");

function overview(commands: Record<string, Command>): string {
  return [
    "everyclass re-trains image classifiers on long-tailed data so that no class is left behind.",
    "",
    "Usage: deno task <command> [flags]",
    "",
    ...pairLines(Object.entries(commands).map(([name, { about }]) => [name, about])),
    "",
    "deno task <command> --help lists the command's flags. EVERYCLASS_DEBUG=1 adds the stack to an error.",
  ].join("\n");
}
