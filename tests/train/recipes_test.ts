// Every method of configs/README.md, from its stage 1 to GML, by the flags of its row: on a small problem, with a network
// and a schedule cut short.

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadConfigOf } from "../../train/config.ts";
import { parseFlags } from "../../train/flags.ts";
import { trainingConfig } from "../../train/train_schema.ts";
import { everyclass } from "./command.ts";
import { Problem } from "./problem.ts";

const problem = new Problem();
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The rows that have flags: the method, those of `train`, those of `finetune`. */
const methods = Deno.readTextFileSync(join(root, "configs/README.md")).split("\n")
  .map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")))
  .filter(([, , stage1]) => stage1?.startsWith("--config "))
  .map(([, method, stage1, retraining]) => ({ method, stage1, retraining }));

const SMALL = "network=resnet8 data.source=idx data.ratio=10 data.augment.pad=1 batch=70 workers=1".split(
  " ",
);
const TWO_EPOCHS = "epochs=2 optimizer.warmup=1 optimizer.schedule.steps=[1] optimizer.schedule.factors=[.1]";

/** Runs a command with a row's flags, its config shortened by more keys. @returns What its summary tells. */
async function run(name: string, command: string, flags: string, keys: string[], checkpoint: string) {
  const { config, set } = parseFlags(flags.split(" "), command, ["config", "set", "checkpoint"]);
  const { code, err } = await everyclass([
    ...[command, "--config", join(root, config!), "--data", problem.data, "--out", problem.path(name)],
    ...flags.includes("--checkpoint") || command === "finetune" ? ["--checkpoint", checkpoint] : [],
    ...[...set, ...SMALL, ...keys].flatMap((key) => ["--set", key]),
  ]);
  assertEquals(code, 0, err);
  return JSON.parse(Deno.readTextFileSync(problem.path(name, "summary.json")));
}

const plain = problem.path("stage 1 of cross-entropy", "checkpoint.safetensors");

for (const { method, stage1, retraining } of methods) {
  Deno.test(`${method}: stage 1, and GML plugged into it`, async () => {
    const { config, set } = parseFlags(stage1.split(" "), "train", ["config", "set", "checkpoint"]);
    const { loss } = await loadConfigOf(trainingConfig, join(root, config!), { set });
    const deferred = loss.deferred === null ? [] : ["loss.deferred=1"];
    const first = `stage 1 of ${method}`;
    const trained = await run(first, "train", stage1, [...TWO_EPOCHS.split(" "), ...deferred], plain);
    const checkpoint = problem.path(first, "checkpoint.safetensors");
    const short = ["epochs=2", "views=1", "optimizer.steps=[]"];
    const { before, after } = await run(`GML on ${method}`, "finetune", retraining, short, checkpoint);
    // What stage 1 has learned, its head too, is what GML begins with.
    assertEquals(before, trained.after);
    assert(Object.values(after).every((value) => value === null || Number.isFinite(value)), `${after}`);
  });
}
