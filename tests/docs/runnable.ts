// The commands of a page that its tests can run.

import { commands } from "../../train/cli/main.ts";

/** Tells whether a command is one that the tests can run: of the program, and without anything to fetch. */
export const canRun = (command: string) => taskOf(command) !== null && !command.includes("pretrained=");

/** The arguments that a command gives to the program; null for a command that is none of the program's. */
export function taskOf(command: string): string | null {
  const task = command.replace(/^(deno task|\.\/setup\.sh) /, "");
  return task !== command && Object.keys(commands).some((name) => `${task} `.startsWith(`${name} `))
    ? task
    : null;
}
