import type { Communicator } from "../../graph/communicator.ts";

/** @throws {TypeError} when a reference would need the values of other processes. */
export function checkAlone(op: string, { size }: Communicator): void {
  if (size === 1) return;
  throw new TypeError(
    `Cannot evaluate ${op}: it takes a communicator of one process, current are ${size}: a reference has the values of ` +
      "its own process only: run a plan in each",
  );
}
