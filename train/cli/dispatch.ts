import { pairLines } from "../flags/columns.ts";
import { helpOf } from "../flags/command_line.ts";
import { UsageError } from "../flags/errors.ts";
import { type FlagName, type Flags, type OwnWords, parseFlags, wordsOf } from "../flags/flags.ts";
import { nearest } from "../flags/nearest.ts";
import { type CommandModule, consoleOutput, type Output, runCommand, tellingErrors } from "./run_command.ts";

/** A command of the command line. */
export interface Command extends OwnWords {
  /** A line on the command's work, for the list of commands. */
  about: string;
  /** The flags it takes. */
  flags: readonly FlagName[];
  /** The flags that may be given several times, besides `set`. */
  repeated?: readonly FlagName[];
  /** An example, without the command itself. */
  example: string;
  /** Imports the command only when it runs, so that help is quick and needs no permission. */
  load: () => Promise<CommandModule>;
}

/** Starts a command whose flags were read. @returns The exit code. */
export type Start = (name: string, flags: Flags, command: Command, output: Output) => Promise<number>;

const runHere: Start = (name, flags, { load }, output) => runCommand(name, flags, load, output);

/**
 * Runs the command named by the first argument, or by the first two of a command such as `reproduce table1`.
 *
 * @param args The arguments of the process.
 * @param commands The commands by name.
 * @param output Output for texts; the console by default. @param start Starts the command that was asked for; by default it
 * runs in this thread.
 * @returns The exit code: the command's own, 1 after an error, 128 + the signal's number if a signal stopped the command.
 */
export async function dispatch(
  args: readonly string[],
  commands: Record<string, Command>,
  output: Output = consoleOutput,
  start: Start = runHere,
): Promise<number> {
  return await tellingErrors(async () => {
    if (args.length === 0) {
      output.err(overview(commands));
      return 1;
    }
    if (isHelp(args[0])) {
      output.out(overview(commands));
      return 0;
    }
    const group = Object.entries(commands).filter(([name]) => name.startsWith(`${args[0]} `));
    if (group.length > 0 && (args.length === 1 || isHelp(args[1]))) {
      output[args.length === 1 ? "err" : "out"](overview(Object.fromEntries(group), args[0]));
      return args.length === 1 ? 1 : 0;
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
    return await start(name, flags, command, output);
  }, output);
}

const isHelp = (word: string | undefined) => ["help", "--help", "-h"].includes(word ?? "");

/** Lists commands. @param group First word of all of them, where it takes a second one. */
function overview(commands: Record<string, Command>, group = ""): string {
  return [
    group
      ? `${group} takes a second word, which says what it does.`
      : "everyclass re-trains image classifiers on long-tailed data so that no class is left behind.",
    "",
    `Usage: deno task ${group ? `${group} <word>` : "<command>"} [flags]`,
    "",
    ...pairLines(Object.entries(commands).map(([name, { about }]) => [name, about])),
    "",
    `deno task ${group ? `${group} <word>` : "<command>"} --help lists the command's flags. ` +
    "EVERYCLASS_DEBUG=1 adds the stack to an error.",
  ].join("\n");
}
