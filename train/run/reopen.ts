import { UsageError } from "../flags/errors.ts";
import type { Flags } from "../flags/flags.ts";
import { RunFolder } from "./run_folder.ts";

/**
 * Reopens the folder of an interrupted run.
 *
 * @param settled Flags that the run keeps as they were, besides config and out.
 * @throws {UsageError} when such a flag is given.
 */
export function reopen(
  path: string,
  task: string,
  flags: Flags,
  settled: readonly ("seeds" | "ablations")[] = [],
): RunFolder {
  for (const name of ["config", "out", ...settled] as const) {
    if (flags[name] !== null) {
      throw new UsageError(
        `Cannot take --${name} with --resume: the run goes on in its folder with its own config`,
      );
    }
  }
  return RunFolder.reopen(path, task);
}
