// Stage 1 trained by several processes, which this one simulates, and what of it later runs take from the cache.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { everyclass, filesIn, type Finished } from "../command.ts";
import { Problem } from "../problem.ts";
import { runIn } from "./run_in.ts";

const problem = new Problem();
const cache = problem.path("cache0"); // rank 0's
const PLAIN = /^idx-resnet8-[0-9a-f]{16}\.safetensors$/;

/** A config of three steps an epoch. */
function recipe(name: string, more = ""): string {
  const file = problem.path(`${name}.yaml`);
  Deno.writeTextFileSync(file, `epochs: 1\nbatch: 70\noptimizer: { lr: 0.1 }\n${more}`);
  return file;
}

const flags = (run: string, stage1: string) =>
  problem.flags(run, `checkpoint=null stage1=${stage1} epochs=2 views=1`, { checkpoint: null });
const cached = () => filesIn(`${cache}/stage1`);
const trains = ({ err }: Finished) => err.includes("stage 1: epoch 1 of 1");
const bytesOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));

Deno.test("a stage 1 with norms by rank is not taken by another number of processes, but by its own runs", async () => {
  const file = recipe("by-rank");
  const stopAt = /re-train: epoch 1 of 2/;
  const first = await runIn({ problem, ranks: 2, stopAt }, ["finetune", ...flags("two", file)]);
  assert(trains(first), first.err);
  assertEquals(cached().length, 1);
  assertMatch(cached()[0], /^idx-resnet8-[0-9a-f]{16}-2-processes\.safetensors$/);

  const evaluated = await everyclass(["evaluate", ...flags("evaluated", file)], undefined, cache);
  assertStringIncludes(evaluated.err, `current cache has that of several processes, ${cache}/stage1/`);
  const one = await everyclass(["finetune", ...flags("one", file)], undefined, cache);
  assert(trains(one), one.err);
  assertEquals(cached().filter((name) => PLAIN.test(name)).length, 1);
  const again = await runIn({ problem, ranks: 2 }, ["finetune", ...flags("two again", file)]);
  assert(!trains(again), again.err);

  // The run that was stopped goes on with the stage 1 that it began with.
  const resumed = await everyclass(["finetune", "--resume", problem.path("two")], undefined, cache);
  assertEquals([resumed.code, trains(resumed)], [0, false], resumed.err);
  assertEquals(bytesOf("two"), bytesOf("two again"));
});

Deno.test("a stage 1 with norms of all images is the same up to rounding, and any number of processes takes it", async () => {
  const before = new Set(cached());
  for (const [run, more] of [["synced", "syncBatchNorm: true"], ["frozen", "statistics: frozen"]]) {
    const file = recipe(run, more);
    assert(trains(await runIn({ problem, ranks: 2 }, ["finetune", ...flags(`${run} two`, file)])));
    const one = await everyclass(["finetune", ...flags(`${run} one`, file)], undefined, cache);
    assertEquals([one.code, trains(one)], [0, false], one.err);
  }
  const made = cached().filter((name) => !before.has(name));
  assertEquals(made.map((name) => PLAIN.test(name)), [true, true]);
});
