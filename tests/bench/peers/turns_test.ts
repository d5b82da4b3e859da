import { assertEquals } from "@std/assert";
import type { Answer } from "../../../bench/peers/protocol.ts";
import { askInTurns, TURNS } from "../../../bench/peers/turns.ts";
import { WORKLOADS } from "../../../bench/peers/workload_list.ts";

const [workload] = WORKLOADS;

/** A peer of these times, one a turn, and a record of all turns. */
function peerOf(name: string, times: readonly (number | null)[], asked: string[]) {
  let turn = 0;
  return {
    ask: (_: unknown, __?: number, again = false): Promise<Answer> => {
      asked.push(again ? `${name} again` : name);
      const ms = times[turn++];
      return Promise.resolve({ name: workload.name, ms, sample: [turn] });
    },
  };
}

Deno.test("peers take turns, and the best time of each counts", async () => {
  const asked: string[] = [];
  const peers = [peerOf("a", [3, 2, 4], asked), peerOf("b", [7, 9, 8], asked)];
  const answers = await askInTurns(peers, workload, 60);
  assertEquals(answers.map(({ ms }) => ms), [2, 7]);
  const more = Array.from({ length: TURNS - 1 }, () => ["a again", "b again"]).flat();
  assertEquals(asked, ["a", "b", ...more]);
});

Deno.test("a peer without a time has no further turns; one that fails later keeps its time", async () => {
  const asked: string[] = [];
  const peers = [peerOf("a", [null], asked), peerOf("b", [7, null, 8], asked)];
  const answers = await askInTurns(peers, workload, 60);
  assertEquals(answers.map(({ ms }) => ms), [null, 7]);
  assertEquals(asked.filter((name) => name.startsWith("a")), ["a"]);
});
