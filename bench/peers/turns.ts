import type { PeerProcess } from "./peer_process.ts";
import type { Answer } from "./protocol.ts";
import type { Workload } from "./workloads.ts";

/** Turns of each peer: other work on the machine comes and goes in minutes, and turns spread it over all peers. */
export const TURNS = 3;

/**
 * Asks the peers for a workload in turns, one at a time.
 *
 * @param limitS Most seconds of a turn.
 * @returns An answer of each peer, in their order: the one with the best time, or the first where that has no time.
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
