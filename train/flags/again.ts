import { type Flags, flagTable } from "./flags.ts";
import { pathWord } from "./shell_word.ts";

/** The flags of a command line that no config keeps, and that a command needs which goes on with the run. */
export function againOf(flags: Flags): Partial<Flags> {
  const isAgain = (name: string) => Object.hasOwn(flagTable, name) && flagTable[name as "config"].again;
  return Object.fromEntries(Object.entries(flags).filter(([name, value]) => isAgain(name) && value));
}

/** These flags as they are written behind such a command, each with a space before. */
export function againWords(flags: Flags): string {
  return Object.entries(againOf(flags))
    .map(([name, value]) => ` --${name}${typeof value === "string" ? ` ${pathWord(value)}` : ""}`).join("");
}
