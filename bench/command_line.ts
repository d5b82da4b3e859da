import { type CommandWords, type Given, helpOf, readFlags } from "../train/flags/command_line.ts";
import { describeError } from "../train/flags/errors.ts";

/** The flag that every bench takes. */
export const HELP = { help: { value: null, about: "print this and stop" } } as const;

/**
 * Reads this process's arguments. `--help` prints the help and ends the process with 0; an error is printed as the
 * commands of the product print theirs, and ends it with 1.
 *
 * @param read Takes the values out of the flags; may throw.
 */
export function readOptions<N extends string, T>(
  words: CommandWords<N | "help">,
  read: (given: Given<N | "help">) => T,
): T {
  try {
    const given = readFlags(Deno.args, words);
    if (!given.has("help")) return read(given);
    console.log(helpOf(words));
  } catch (error) {
    console.error(describeError(error));
    Deno.exit(1);
  }
  Deno.exit(0);
}
