import { describeError, UsageError } from "../flags/errors.ts";
import { type Processes, Team } from "../team/team.ts";
import { Interrupt, Interrupted, inWorker, type SignalSource, stopIn } from "../terminal/interrupt.ts";
import { type Files, follow } from "./follow.ts";

/**
 * Runs a command in several processes: rank 0 leads, the others follow its orders.
 *
 * @param lead Runs the command. @returns Its exit code; 0 in a process that follows.
 * @throws {Error} what the command throws; all other processes end then.
 */
export async function inTeam(
  open: () => Promise<Processes>,
  { cache, jpegLibrary, signals = inWorker }: Files & { signals?: (text: string) => SignalSource },
  lead: (team: Team) => Promise<number>,
): Promise<number> {
  await using processes = await open();
  const { rank, hosts } = processes;
  const team = new Team(processes);
  try {
    if (rank > 0) {
      // The leader hears the same signal, and ends the run where all can.
      using _heard = await Interrupt.listen(signals(""));
      await follow(processes, { cache, jpegLibrary });
      return 0;
    }
    const code = await lead(team);
    await team.order({ kind: "end" });
    return code;
  } catch (error) {
    const isStop = error instanceof Interrupted;
    if (isStop && rank === 0 && !team.isAmid) {
      // The others wait for orders.
      await team.order({ kind: "end" });
      throw error;
    }
    const words = isStop ? error.message : describeError(error);
    console.error(rank === 0 ? words : `Rank ${rank} on ${hosts[rank]}: ${words}`);
    processes.abort(stopIn(error)?.exitCode);
    throw error;
  }
}

/** @throws {UsageError} when a command that computes in one process is given the MPI library. */
export function checkAlone(library: string | null): void {
  if (library === null) return;
  throw new UsageError(
    `Cannot use --mpi-library ${library}: it takes --distributed, current command computes in one process: start it by ` +
      "mpirun with --distributed, or leave the library out",
  );
}
