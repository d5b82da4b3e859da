import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of deno.json, in which `deno task` starts a program wherever it is called. */
const HOME = dirname(fileURLToPath(new URL("../../deno.json", import.meta.url)));

/**
 * Finds the folder that the user stands in, which relative paths on the command line are meant from. `deno task` and
 * setup.sh start the program in the folder of deno.json and tell by `INIT_CWD` where they were called; a program that was
 * started elsewhere was started by hand, and what other tools left in `INIT_CWD` says nothing.
 */
export function standingFolder(): string {
  const cwd = Deno.cwd();
  if (cwd !== HOME) return cwd;
  const { state } = Deno.permissions.querySync({ name: "env", variable: "INIT_CWD" });
  const called = state === "granted" ? Deno.env.get("INIT_CWD") ?? "" : "";
  return isAbsolute(called) ? called : cwd;
}

/** A path of the command line as the program takes it: as it is where the user stands in the program's own folder. */
export function fromStanding(path: string): string {
  const folder = standingFolder();
  return folder === Deno.cwd() || path === "" ? path : resolve(folder, path);
}

/** A path in the program's own folder as the user would name it. */
export function ownPath(path: string): string {
  return standingFolder() === Deno.cwd() ? path : resolve(path);
}
