// Every method of configs/README.md, from its stage 1 to GML, by the flags of its row: on a small problem, with a network
// and a schedule cut short.

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { loadConfigOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";
import { methodsOf, type Recipe, root } from "./recipes.ts";

const problem = new Problem();

const SMALL = "network=resnet8 data.source=idx data.ratio=10 data.augment.pad=1 batch=70 workers=1 epochs=2";
const KEYS = {
  train: "optimizer.schedule.warmup=1 optimizer.schedule.steps=[1] optimizer.schedule.factors=[.1]",
  finetune: "views=1 optimizer.schedule.kind=constant",
};

/** The folder of each run that is done, by what was run: several methods begin with the same stage 1. */
const done = new Map<string, string>();

/** A recipe cut short. @param from The folder of the run that it goes on from. @returns Its own folder. */
async function run(recipe: Recipe, from: string | null): Promise<string> {
  const key = JSON.stringify([recipe, from]);
  const folder = done.get(key) ?? problem.path(`run ${done.size}`);
  if (done.has(key)) return folder;
  const { command, config, set } = recipe;
  const file = join(root, config);
  const keys = [...set, ...`${SMALL} ${KEYS[command]}`.split(" ")];
  if (command === "train") {
    const { loss } = await loadConfigOf(trainingConfig, file, { set });
    if (loss.deferred !== null) keys.push("loss.deferred=1");
  }
  const { code, err } = await everyclass([
    ...[command, "--config", file, "--data", problem.data, "--out", folder],
    ...from === null ? [] : ["--checkpoint", join(from, "checkpoint.safetensors")],
    ...keys.flatMap((key) => ["--set", key]),
  ]);
  assertEquals(code, 0, err);
  done.set(key, folder);
  return folder;
}

const summaryOf = (folder: string) => JSON.parse(Deno.readTextFileSync(join(folder, "summary.json")));

const GML: Recipe = { command: "finetune", config: "configs/cifar100-lt-gml.yaml", set: [] };

for (const { name, runs } of methodsOf(Deno.readTextFileSync(join(root, "configs/README.md")))) {
  Deno.test(`${name}: trained, and GML plugged into it`, async () => {
    let from: string | null = null;
    for (const recipe of runs.at(-1)!.command === "finetune" ? runs : [...runs, GML]) {
      const folder: string = await run(recipe, from);
      const { before, after } = summaryOf(folder);
      assert(Object.values(after).every((value) => value === null || Number.isFinite(value)), `${after}`);
      // What one run has learned, its head too, is what the next begins with.
      if (from !== null) assertEquals(before, summaryOf(from).after);
      from = folder;
    }
  });
}
