import { NO_HANDLES, OUT_OF_HANDLES } from "./cause.ts";

/** Handles that a Worker takes: those of its event loop and channels. */
export const WORKER_HANDLES = 6;

/**
 * Makes sure that so many files can be opened at a time. Where they cannot, a Worker that is begun ends the whole process,
 * and a driver tells that there is no adapter.
 *
 * @throws {Error} when the limit of open files is too near; nothing is thrown where the process may not look.
 */
export function needHandles(count: number): void {
  if (Deno.build.os === "windows") return; // it has no such limit
  const open: Deno.FsFile[] = [];
  try {
    while (open.length < count) open.push(Deno.openSync("/dev/null"));
  } catch (error) {
    if (!(error instanceof Error) || !OUT_OF_HANDLES.test(error.message)) return;
    const left = open.length;
    throw new Error(
      `Cannot go on with ${left} files that can still be opened, it takes ${count}: ${NO_HANDLES}`,
    );
  } finally {
    for (const file of open) file.close();
  }
}
