// A run that has to refuse, and to leave all as it was.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

/** What it is run on; the files of a test belong in its folder. */
export const problem: Problem = new Problem();

/** Bytes of every file under a folder, by path; null for a folder or a link. */
function contentsOf(folder: string): Record<string, Uint8Array | null> {
  return Object.fromEntries(
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory, isFile }) => {
      const path = join(folder, name);
      return isDirectory
        ? [[path, null], ...Object.entries(contentsOf(path))]
        : [[path, isFile ? Deno.readFileSync(path) : null]];
    }),
  );
}

/** Runs a command that has to refuse in these words. */
export async function refuses(
  command: string,
  flags: readonly string[],
  ...words: string[]
): Promise<void> {
  const before = contentsOf(problem.folder);
  const { code, out, err } = await everyclass([command, ...flags, "--quiet"]);
  assertEquals([code, out], [1, ""]);
  for (const word of ["error: Cannot ", ...words]) assertStringIncludes(err, word);
  assertEquals(contentsOf(problem.folder), before);
}
