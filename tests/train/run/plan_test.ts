// The plan of each command names the pieces that the command has, in their order.

import { assert, assertEquals } from "@std/assert";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

/** Runs a command and tells the steps whose ends it printed, such as `re-train: 4 of 4`. */
async function stepsOf(args: string[]): Promise<string[]> {
  const { code, err } = await everyclass(args, () => {}, problem.path("cache"));
  assertEquals(code, 0, err);
  // The pieces of a run of more than one piece, and nothing else, end with such words.
  assert(!/\d+ images in .*waiting for data$/m.test(err), err);
  return [...err.matchAll(/^(.+?): [\d,]+ \w+ in .*; step (\d+) of (\d+) done/gm)]
    .map(([, name, step, steps]) => `${name}: ${step} of ${steps}`);
}

/** Numbers names as the steps of a run. */
const all = (...names: string[]) => names.map((name, i) => `${name}: ${i + 1} of ${names.length}`);

const retrained = ["evaluate stage 1", "view 1 of 2", "view 2 of 2", "re-train"];

Deno.test("plan: finetune has one with stored views, fresh ones and updated statistics", async () => {
  assertEquals(await stepsOf(["finetune", ...problem.flags("stored")]), all(...retrained));
  assertEquals(
    await stepsOf(["finetune", ...problem.flags("fresh", "views=fresh epochs=2")]),
    all("evaluate stage 1", "view of epoch 1", "re-train", "view of epoch 2", "re-train"),
  );
  assertEquals(
    await stepsOf(["finetune", ...problem.flags("updated", "statistics=updated")]),
    all(...retrained, "evaluate re-trained"),
  );
});

Deno.test("plan: a stage 1 that is trained first is the first piece of the run", async () => {
  const stage1 = problem.path("stage1.yaml");
  Deno.writeTextFileSync(stage1, "epochs: 1\nbatch: 59\n");
  const flags = problem.flags("whole", `stage1=${stage1}`, { checkpoint: null });
  assertEquals(await stepsOf(["finetune", ...flags]), all("stage 1", ...retrained));
});

Deno.test("plan: train has one, and so have evaluate with two models and both commands of reproduce", async () => {
  const trained = problem.trainFlags("trained", "epochs=1");
  assertEquals(await stepsOf(["train", ...trained]), all("evaluate the checkpoint", "train", "evaluate"));
  const two = [...problem.flags("two"), "--ensemble", problem.checkpoint];
  assertEquals(await stepsOf(["evaluate", ...two]), all("evaluate", "evaluate the second"));
  const few = "network=resnet8 views=1 epochs=1";
  const table = [...problem.flags("table", few), "--ablations", "none", "--seeds", "2"];
  const ofSeed = (seed: number) => ["view 1 of 1", `re-train with seed ${seed}`];
  assertEquals(
    await stepsOf(["reproduce", "table1", ...table]),
    all("evaluate stage 1", ...ofSeed(0), ...ofSeed(1)),
  );
  const figures = problem.flags("figures", few, { checkpoint: null });
  const models = ["a", "b"].flatMap((name) => ["--checkpoint", `${name}=${problem.checkpoint}`]);
  const ofModel = ["evaluate stage 1", "view 1 of 1", "re-train"];
  assertEquals(
    await stepsOf(["reproduce", "figures", ...figures, ...models]),
    all(...ofModel, ...ofModel),
  );
});
