// A run on a disk that is full ends with what to do, and what was worked out is not lost.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFullDisk } from "../../data/disk/full_disk.ts";
import { everyclass, filesIn, type Finished } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const cache = problem.path("cache");
const SHORT = {
  train: "epochs=2 train=classifier network=resnet8",
  finetune: "epochs=2 views=1",
};

/** A run of a command. @param full Tells of a path whether there is no room for it. */
function run(command: "train" | "finetune", name: string, full: (path: string) => boolean) {
  const flags = command === "train"
    ? problem.trainFlags(name, SHORT.train)
    : problem.flags(name, SHORT.finetune);
  return withFullDisk(full, () => everyclass([command, ...flags], undefined, cache));
}

const bytesOf = (name: string) => Deno.readFileSync(problem.path(name, "checkpoint.safetensors"));

/** Checks the last words of a run that found no room. */
function assertToldHow({ code, err }: Finished, command: string, name: string, file: string, words: string) {
  assertEquals(code, 1, err);
  const goOn = `  deno task ${command} --resume '${problem.path(name)}'\n`;
  assertStringIncludes(err, `${words} To go on`);
  assertEquals(err.split(goOn.trim()).length, 3, err); // at the start and at the end
  assertStringIncludes(
    err,
    `error: Cannot write ${
      problem.path(name, file)
    }: the disk is full: make room, or take a folder on another disk`,
  );
}

for (const command of ["train", "finetune"] as const) {
  Deno.test(`${command}: without room for the report the training stays, and the run goes on to it`, async () => {
    const [name, whole] = [`${command} without report`, `${command} whole`];
    const full = await run(command, name, (path) => path.includes("report.html"));
    assertToldHow(
      full,
      command,
      name,
      "report.html",
      "Stopped after 2 of 2 epochs; what was worked out is kept.",
    );
    assert(filesIn(problem.path(name)).includes("work.safetensors"));
    assertEquals((await run(command, whole, () => false)).code, 0);
    assertEquals(bytesOf(name), bytesOf(whole));
    const resumed = await everyclass([command, "--resume", problem.path(name)], undefined, cache);
    assertEquals(resumed.code, 0, resumed.err);
    assertStringIncludes(resumed.err, "Going on after epoch 2 of 2");
    assert(!/epoch \d of 2, lr/.test(resumed.err), resumed.err);
    assertEquals(filesIn(problem.path(name)), filesIn(problem.path(whole)));
    assertEquals(bytesOf(name), bytesOf(whole));
  });
}

Deno.test("without room for anything after its start a run can still be gone on with", async () => {
  const name = "train without room";
  let begun = false;
  const full = await run("train", name, (path) => {
    if (path.includes("work.safetensors") && !begun) return !(begun = true);
    return begun && path.startsWith(problem.path(name)) && !path.includes("probe");
  });
  assertToldHow(full, "train", name, "work.safetensors", "What was worked out since the last save is lost.");
  assertEquals(filesIn(problem.path(name)), ["config.yaml", "work.safetensors"]);
  const resumed = await everyclass(["train", "--resume", problem.path(name)], undefined, cache);
  assertEquals(resumed.code, 0, resumed.err);
  assertEquals(bytesOf(name), bytesOf("train whole"));
});

Deno.test("a stage 1 that finds no room for its result keeps its work, and is not trained twice", async () => {
  const stage1 = problem.path("stage1.yaml");
  Deno.writeTextFileSync(stage1, "name: small\nepochs: 1\n");
  const [name, sets] = ["no room for stage 1", `epochs=1 views=1 stage1=${stage1}`];
  const flags = ["finetune", ...problem.flags(name, sets, { checkpoint: null })];
  const isResult = (path: string) => /stage1\/\.idx.*-[0-9a-f]{16}\.safetensors/.test(path);
  const { code, err } = await withFullDisk(isResult, () => everyclass(flags, undefined, cache));
  assertEquals(code, 1, err);
  assertStringIncludes(err, "Stopped in stage 1 after 1 of 1 epochs; what was worked out is kept. To go on:");
  assertStringIncludes(err, "the disk is full: make room");
  const resumed = await everyclass(["finetune", "--resume", problem.path(name)], undefined, cache);
  assertEquals(resumed.code, 0, resumed.err);
  assertStringIncludes(resumed.err, "Going on with stage 1 after 1 of 1 epochs");
  assert(!/stage 1: epoch/.test(resumed.err), resumed.err);
});
