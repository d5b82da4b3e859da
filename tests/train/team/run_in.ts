// Commands in several processes, which this one simulates.

import { assertEquals } from "@std/assert";
import type { Processes } from "../../../train/team/team.ts";
import { inProcess } from "../../engine/ops/collective/in_process.ts";
import { everyclass, type Finished } from "../command.ts";
import type { Problem } from "../problem.ts";

/** Ends of a job: rank 0's error. */
export class Aborted extends Error {
  /** Exit code of the job. */
  exitCode = 0;
}

/** Ranks of a job, each with a cache of its own. */
export interface Job {
  problem: Problem;
  ranks: number;
  /** Line of the leader's progress at which it is stopped. */
  stopAt?: RegExp;
  /** Gets a function that stops the leader. */
  onStop?: (stop: () => void) => void;
}

/** So many processes that meet in this one. @param onAbort Hears of the end of the job. */
export function processesOf(ranks: number, onAbort: (exitCode: number) => void): Processes[] {
  return inProcess(ranks).map((communicator): Processes => ({
    ...communicator,
    hosts: Array.from({ length: ranks }, (_, rank) => `host${rank % 2}`),
    waited: 0,
    abort: (exitCode = 1) => onAbort(exitCode),
    async [Symbol.asyncDispose]() {},
  }));
}

/** Runs a command in several processes. @throws {Aborted} when the job ends by an error. */
export async function runIn(
  { problem, ranks, stopAt, onStop }: Job,
  args: readonly string[],
): Promise<Finished> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = new Aborted();
  const processes = processesOf(ranks, (exitCode) => {
    end.exitCode ||= exitCode;
    reject(end);
  });
  const commands = processes.map((own, rank) =>
    everyclass(
      [...args, "--distributed"],
      (line, send) => {
        if (rank > 0) return;
        onStop?.(() => send("SIGTERM"));
        if (stopAt?.test(line)) send("SIGTERM");
      },
      problem.path(`cache${rank}`),
      undefined,
      own,
    )
  );
  const all = await Promise.race([Promise.all(commands), aborted]).catch(async (error) => {
    if (error === end) end.message = (await commands[0]).err;
    throw error;
  });
  all.forEach(({ code, err }, rank) => assertEquals(code, rank === 0 && (stopAt || onStop) ? 143 : 0, err));
  return all[0];
}
