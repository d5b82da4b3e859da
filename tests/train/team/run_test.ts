// Commands in several processes, which this one simulates.

import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import type { Processes } from "../../../train/run/team.ts";
import { everyclass, type Finished } from "../command.ts";
import { inProcess } from "../../engine/ops/collective/in_process.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

/** Runs a command in so many processes. @returns What the leader left. */
async function runIn(ranks: number, args: (rank: number) => readonly string[]): Promise<Finished> {
  const processes = inProcess(ranks).map((communicator): Processes => ({
    ...communicator,
    hosts: Array.from({ length: ranks }, (_, rank) => `host${rank % 2}`),
    abort() {},
    async [Symbol.asyncDispose]() {},
  }));
  const all = await Promise.all(
    processes.map((own, rank) =>
      everyclass([...args(rank), "--distributed"], undefined, problem.path(`cache${rank}`), undefined, own)
    ),
  );
  for (const { code, err } of all) assertEquals(code, 0, err);
  return all[0];
}

const read = (run: string, file: string) => Deno.readFileSync(problem.path(run, file));
const json = (run: string) => JSON.parse(new TextDecoder().decode(read(run, "summary.json")));

for (const featureBank of ["memory", "disk"]) {
  Deno.test(`finetune in 3 processes leaves what one leaves, to the byte, features in ${featureBank}`, async () => {
    const sets = `featureBank=${featureBank} views=2 epochs=2`;
    await runIn(1, () => ["finetune", ...problem.flags(`one-${featureBank}`, sets)]);
    const { err } = await runIn(3, () => ["finetune", ...problem.flags(`three-${featureBank}`, sets)]);
    assertMatch(err, /Computing in 3 processes: 2 on host0, 1 on host1/);
    for (const file of ["checkpoint.safetensors", "recalls.csv"]) {
      assertEquals(read(`three-${featureBank}`, file), read(`one-${featureBank}`, file), file);
    }
  });
}

Deno.test("train in 2 processes, the statistics of all, loses as one does", async () => {
  const sets =
    "network=resnet8 epochs=2 batch=40 loss.name=gml statistics=updated syncBatchNorm=true evaluateEvery=1";
  await runIn(1, () => ["train", ...problem.trainFlags("alone", sets)]);
  await runIn(2, () => ["train", ...problem.trainFlags("both", sets)]);
  const losses = (run: string) =>
    new TextDecoder().decode(read(run, "metrics.csv")).trim().split("\n").slice(1).map((row) =>
      Number(row.split(",")[2])
    );
  assertEquals(losses("both").length, 2);
  losses("both").forEach((loss, i) => assertAlmostEquals(loss, losses("alone")[i], 1e-3));
  assertAlmostEquals(json("both").after.hmean, json("alone").after.hmean, 5);
});
