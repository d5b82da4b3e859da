import { parseSafetensors } from "../../../engine/mod.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Metrics } from "../../../train/results/metrics.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

/** Runs and returns the bytes of the checkpoint. */
async function checkpointOf(name: string, ...more: string[]): Promise<Uint8Array> {
  const { code, err } = await everyclass([
    "finetune",
    ...problem.flags(name, "epochs=2 classifier=reinit ensemble={}"),
    ...more,
  ]);
  assertEquals(code, 0, err);
  return Deno.readFileSync(problem.path(name, "checkpoint.safetensors"));
}

Deno.test("the same seed gives the same checkpoint to the bit, whatever the number of workers", async () => {
  const first = await checkpointOf("first");
  assertEquals(await checkpointOf("second"), first);
  assertEquals(await checkpointOf("more workers", "--set", "workers=2"), first);
  const other = await checkpointOf("other seed", "--seed", "1");
  // Not the seed in the metadata alone.
  const weightIn = (file: Uint8Array) => parseSafetensors(file).state.get("linear.weight");
  assertNotEquals(weightIn(other), weightIn(first));
});

Deno.test("the metrics of a run repeated from its config are the same", async () => {
  const args = ["--config", problem.path("first/config.yaml"), "--out", problem.path("again"), "--quiet"];
  assertEquals((await everyclass(["finetune", ...args])).code, 0);
  const [first, again] = ["first", "again"].map((run) =>
    JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")))
  );
  for (const model of ["before", "after", "ensemble"]) assertEquals(again[model], first[model]);
});

Deno.test("GML raises the lowest recall of a classifier that cross-entropy has trained", async () => {
  // Flips would turn the stripes of one class into those of another.
  const shared = "data.augment.flip=false";
  const stage1 = "loss=ce classifier=reinit statistics=updated views=6 epochs=20 optimizer.lr=0.01";
  const stage2 = "loss=gml epochs=30 optimizer.lr=0.1";
  const print = ["--json", "--quiet"];
  const ce = await everyclass(["finetune", ...problem.flags("ce", `${shared} ${stage1}`), ...print]);
  const checkpoint = problem.path("ce/checkpoint.safetensors");
  const gml = await everyclass([
    "finetune",
    ...problem.flags("gml", `${shared} ${stage2}`, { checkpoint }),
    ...print,
  ]);
  assertEquals([ce.code, gml.code], [0, 0], ce.err + gml.err);
  const { before, after }: Record<"before" | "after", Metrics> = JSON.parse(gml.out);
  assertEquals(before, JSON.parse(ce.out).after);
  // As it was made: the smallest class is never found before; after, the lowest recall is 30 and the G-mean 70.
  assertEquals([before.lowest, before.zeroRecall], [0, 1]);
  assert(after.lowest >= 20 && after.gmean > before.gmean + 30, JSON.stringify({ before, after }));
});
