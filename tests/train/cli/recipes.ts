// The methods that configs/README.md tells of: its tables whose columns are commands, with their flags in the cells.

import { fileURLToPath } from "node:url";
import { parseFlags, wordsOf } from "../../../train/flags/flags.ts";

/** The folder of the repository. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

/** A run of a command by a row of the tables. */
export interface Recipe {
  command: "train" | "finetune";
  /** The config, seen from the repository. */
  config: string;
  /** Further keys. */
  set: string[];
}

/** A row of the tables. */
export interface Method {
  name: string;
  /** One after the other, each on the checkpoint of the one before. */
  runs: Recipe[];
}

/** The methods in the order of the tables. */
export function methodsOf(readme: string): Method[] {
  const methods: Method[] = [];
  let commands: (string | undefined)[] = [];
  for (const line of readme.split("\n")) {
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    if (cells.length === 0) commands = [];
    else if (commands.length === 0) commands = cells.map((head) => /`(train|finetune)`/.exec(head)?.[1]);
    else if (cells.some((cell) => cell.startsWith("`--config "))) {
      const runs = cells.flatMap((cell, i) => commands[i] ? [recipeOf(commands[i], cell)] : []);
      methods.push({ name: cells[0], runs });
    }
  }
  return methods;
}

function recipeOf(command: string, cell: string): Recipe {
  const { config, set } = parseFlags(
    cell.replaceAll("`", "").split(" "),
    wordsOf(command, "", ["config", "set"], ""),
  );
  if (!config) throw new Error(`${cell} names no config`);
  return { command: command as Recipe["command"], config, set };
}
