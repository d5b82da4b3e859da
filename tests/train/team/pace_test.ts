import { assertEquals } from "@std/assert";
import { Pace, slowRank } from "../../../train/team/pace.ts";
import { inProcess } from "../../engine/ops/collective/in_process.ts";

Deno.test("a slow rank is named with its host", () => {
  const hosts = ["a", "a", "b", "b"];
  assertEquals(
    slowRank([10, 9, 12.5, 10.2], hosts),
    "Rank 2 on b is slow: it computed for 12.5 s, the middle one of 4 ranks for 10.0 s",
  );
  assertEquals(
    slowRank([1, 3], ["a", "b"]),
    "Rank 1 on b is slow: it computed for 3.0 s, the middle one of 2 ranks for 1.0 s",
  );
  assertEquals(slowRank([10, 9, 11.9, 10.2], hosts), null);
  assertEquals(slowRank([0.1, 0.1, 0.9, 0.1], hosts), null);
  assertEquals(slowRank([10], ["a"]), null);
});

Deno.test("ranks computed for the time in which they did not wait, anew at each call", async () => {
  const measured = await Promise.all(
    inProcess(2).map(async (communicator, rank) => {
      const [clock, job] = [{ ms: 0 }, Object.assign(communicator, { waited: 5 })];
      const pace = new Pace(job, () => clock.ms);
      clock.ms += 10_000;
      job.waited += 4 * rank;
      const first = await pace.busy();
      clock.ms += 1000;
      return [[...first], [...await pace.busy()]];
    }),
  );
  assertEquals(measured, [[[10, 6], [1, 1]], [[10, 6], [1, 1]]]);
});
