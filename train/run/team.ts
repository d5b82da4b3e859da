import { describeError } from "../flags/errors.ts";
import { type Processes, Team } from "../team/team.ts";
import { Interrupt, Interrupted, inWorker, type SignalSource } from "../terminal/interrupt.ts";
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
  try {
    if (rank > 0) {
      // The leader hears the same signal, and ends the run where all can.
      using _heard = await Interrupt.listen(signals(""));
      await follow(processes, { cache, jpegLibrary });
      return 0;
    }
    const team = new Team(processes);
    const code = await lead(team).catch(async (error) => {
      // A run that was stopped stands where the others wait for orders.
      if (error instanceof Interrupted) await team.order({ kind: "end" });
      throw error;
    });
    await team.order({ kind: "end" });
    return code;
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    console.error(
      rank === 0 ? describeError(error) : `Rank ${rank} on ${hosts[rank]}: ${describeError(error)}`,
    );
    processes.abort();
    throw error;
  }
}
