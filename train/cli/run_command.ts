import { describeError } from "../flags/errors.ts";
import type { Flags } from "../flags/flags.ts";
import { Interrupted, stopIn } from "../terminal/interrupt.ts";

/** The module of a command. */
export interface CommandModule {
  /** Does the command's work. @returns The exit code. */
  run(flags: Flags): Promise<number>;
}

/** The output of the command line. */
export interface Output {
  /** Prints a text on stdout. */
  out(text: string): void;
  /** Prints a text on stderr. */
  err(text: string): void;
}

/** The process's own stdout and stderr. */
export const consoleOutput: Output = { out: console.log, err: console.error };

// Deno looks at every start through all that an address written out leads to, so these are put together.
const COMMANDS = new URL("./commands/", import.meta.url);
const ABOUT = new URL("../config/about.ts", import.meta.url);

/** Loads a command's module, and all that it needs, only when the command runs. @param name The command, `reproduce table1`. */
export async function loadCommand(name: string): Promise<CommandModule> {
  return await import(new URL(`${name.replaceAll(/[ -]/g, "_")}.ts`, COMMANDS).href);
}

/** Runs a command whose flags were read, or prints the keys of its config. @returns The exit code. */
export async function runCommand(
  name: string,
  flags: Flags,
  load: () => Promise<CommandModule>,
  output: Output,
): Promise<number> {
  if (!flags.keys) return await (await load()).run(flags);
  const { keysOf }: typeof import("../config/about.ts") = await import(ABOUT.href);
  output.out(await keysOf(name, flags));
  return 0;
}

/**
 * Tells of an error in words.
 *
 * @returns The exit code: that of the work, 1 after an error, 128 + the signal's number if a signal stopped the work.
 */
export async function tellingErrors(work: () => Promise<number>, { err }: Output): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted) {
      err(error.message);
      return error.exitCode;
    }
    err(describeError(error));
    return stopIn(error)?.exitCode ?? 1;
  }
}
