// Commands in several processes, which this one simulates.

import { assertAlmostEquals, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { newImageSet } from "../../../data/mod.ts";
import type { Processes } from "../../../train/team/team.ts";
import { checkSame, digestsOf } from "../../../train/team/same.ts";
import { inProcess } from "../../engine/ops/collective/in_process.ts";
import { everyclass, type Finished } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

/** Ends of a job: rank 0's error. */
class Aborted extends Error {}

/**
 * Runs a command in so many processes.
 *
 * @param stopAt Line of the leader's progress at which it is stopped. @throws {Aborted} when the job ends by an error.
 */
async function runIn(
  ranks: number,
  args: readonly string[],
  stopAt: RegExp | null = null,
): Promise<Finished> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const processes = inProcess(ranks).map((communicator): Processes => ({
    ...communicator,
    hosts: Array.from({ length: ranks }, (_, rank) => `host${rank % 2}`),
    waited: 0,
    abort: () => reject(new Aborted()),
    async [Symbol.asyncDispose]() {},
  }));
  const commands = processes.map((own, rank) =>
    everyclass(
      [...args, "--distributed"],
      (line, send) => rank === 0 && stopAt?.test(line) && send("SIGTERM"),
      problem.path(`cache${rank}`),
      undefined,
      own,
    )
  );
  const all = await Promise.race([Promise.all(commands), aborted]).catch(async (error) => {
    throw new Aborted((await commands[0]).err, { cause: error });
  });
  all.forEach(({ code, err }, rank) => assertEquals(code, rank === 0 && stopAt ? 143 : 0, err));
  return all[0];
}

const read = (run: string, file: string) => Deno.readFileSync(problem.path(run, file));
const text = (run: string, file: string) => new TextDecoder().decode(read(run, file));
const losses = (run: string) =>
  text(run, "metrics.csv").trim().split("\n").slice(1).map((row) => Number(row.split(",")[2]));

for (const featureBank of ["memory", "disk"]) {
  Deno.test(`finetune in 3 processes leaves what one leaves, to the byte, features in ${featureBank}`, async () => {
    const sets = `featureBank=${featureBank} views=2 epochs=2`;
    await runIn(1, ["finetune", ...problem.flags(`one-${featureBank}`, sets)]);
    const { err } = await runIn(3, ["finetune", ...problem.flags(`three-${featureBank}`, sets)]);
    assertMatch(err, /Computing in 3 processes: 2 on host0, 1 on host1/);
    for (const file of ["checkpoint.safetensors", "recalls.csv"]) {
      assertEquals(read(`three-${featureBank}`, file), read(`one-${featureBank}`, file), file);
    }
  });
}

Deno.test("train in 2 processes, stopped and gone on with in 3, loses as one process does", async () => {
  const sets =
    "network=resnet8 epochs=3 batch=40 loss.name=gml statistics=updated syncBatchNorm=true evaluateEvery=2";
  await runIn(1, ["train", ...problem.trainFlags("alone", sets)]);
  const { err } = await runIn(2, ["train", ...problem.trainFlags("both", sets)], /epoch 1 of 3/);
  assertMatch(err, /Stopped after 1 of 3 epochs; what was worked out is kept/);
  await runIn(3, ["train", "--resume", problem.path("both")]);
  assertEquals(losses("both").length, 3);
  losses("both").forEach((loss, i) => assertAlmostEquals(loss, losses("alone")[i], 1e-3));
  const [both, alone] = ["both", "alone"].map((run) => JSON.parse(text(run, "summary.json")).after);
  assertAlmostEquals(both.mean, alone.mean, 2);
});

Deno.test("a process with other images than rank 0 says so", () => {
  const images = (pixel: number) => {
    const set = newImageSet(2, 1, 1, 1, ["0", "1"]);
    set.images[0] = pixel;
    return { train: set, validation: null, dataset: { test: set } };
  };
  checkSame(images(1), digestsOf(images(1)));
  assertThrows(() => checkSame(images(2), digestsOf(images(1))), Error, "the images of rank 0");
});

Deno.test("mixup, and a batch with fewer images than processes, are refused before the first step", async () => {
  for (const [sets, why] of [["mixup=1", /mixup/], ["batch=2", /an image of each batch/]] as const) {
    const run = runIn(3, ["train", ...problem.trainFlags("refused", `network=resnet8 ${sets}`)]);
    assertMatch((await assertRejects(() => run, Aborted)).message, why);
  }
});
