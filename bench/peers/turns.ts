import type { PeerProcess } from "./peer_process.ts";
import type { Answer } from "./protocol.ts";
import type { Workload } from "./workloads.ts";

/** How often it is each peer's turn: what else the machine does comes and goes in minutes, and should meet all of them. */
export const TURNS = 3;

/**
 * Asks peers for a workload, in turns, one at a time.
 *
 * @param limitS Seconds that a turn may take. @returns The answer of each, in their order: that with the best of its times,
 * or the first where that has none.
 */
export async function askInTurns(
  peers: readonly Pick<PeerProcess, "ask">[],
  workload: Workload,
  limitS: number,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const peer of peers) answers.push(await peer.ask(workload, limitS));
  for (let turn = 1; turn < TURNS; turn++) {
    for (const [i, peer] of peers.entries()) {
      const before = answers[i].ms;
      if (before === null) continue;
      const answer = await peer.ask(workload, limitS, true);
      if (answer.ms !== null && answer.ms < before) answers[i] = answer;
    }
  }
  return answers;
}
