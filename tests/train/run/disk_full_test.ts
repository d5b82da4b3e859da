// A run on a disk that is full waits for room, and ends with what to do where nobody makes room: no work is lost.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { timeless, withFullDisk } from "../../data/disk/full_disk.ts";
import { everyclass, filesIn, type Finished } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const cache = problem.path("cache");
const SHORT = {
  train: "epochs=2 train=classifier network=resnet8",
  finetune: "epochs=2 views=1",
};

/** The lines that a run tells of its wait for a file. */
const WAIT = "; trying again every 10 s for 10 minutes: make room, or Ctrl-C ends with what is saved\n";
const waits = (path: string) => `The disk is full: cannot write ${path}${WAIT}`;

/** A run of a command. @param full Tells of a path whether there is no room for it. @param patience Its wait for room. */
function run(
  command: "train" | "finetune",
  name: string,
  full: (path: string) => boolean,
  patience = timeless(),
  onProgress?: Parameters<typeof everyclass>[1],
) {
  const flags = command === "train"
    ? problem.trainFlags(name, SHORT.train)
    : problem.flags(name, SHORT.finetune);
  return withFullDisk(full, () => everyclass([command, ...flags], onProgress, cache, patience));
}

const bytesOf = (name: string) => Deno.readFileSync(problem.path(name, "checkpoint.safetensors"));

/** Checks the last words of a run that found no room. */
function assertToldHow({ code, err }: Finished, command: string, name: string, file: string, words: string) {
  assertEquals(code, 1, err);
  assertStringIncludes(err, waits(problem.path(name, file)));
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
    const patience = timeless();
    const full = await run(command, name, (path) => path.includes("report.html"), patience);
    assertEquals(patience.ms, 600_000);
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

Deno.test("a run whose disk fills up at its report waits once, not again for the work that it saves then", async () => {
  const name = "train waits once";
  let isFull = false;
  const patience = timeless();
  const { code, err } = await run("train", name, (path) => {
    isFull ||= path.includes("report.html");
    return isFull && path.startsWith(problem.path(name));
  }, patience);
  assertEquals([code, patience.ms], [1, 600_000], err);
  assertEquals(err.split("The disk is full").length, 2, err);
  assertStringIncludes(err, "What was worked out since the last save is lost. To go on from that save:");
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
  const { code, err } = await withFullDisk(isResult, () => everyclass(flags, undefined, cache, timeless()));
  assertEquals(code, 1, err);
  assertStringIncludes(err, "Stopped in stage 1 after 1 of 1 epoch; what was worked out is kept. To go on:");
  assertStringIncludes(err, "the disk is full: make room");
  const resumed = await everyclass(["finetune", "--resume", problem.path(name)], undefined, cache);
  assertEquals(resumed.code, 0, resumed.err);
  assertStringIncludes(resumed.err, "Going on with stage 1 after 1 of 1 epoch");
  assert(!/stage 1: epoch/.test(resumed.err), resumed.err);
});

for (const file of ["checkpoint.safetensors", "report.html"]) {
  Deno.test(`a run that finds no room for its ${file} goes on as soon as there is room, to the same bits`, async () => {
    const name = `room again, ${file.length}`;
    let isFull = true;
    const patience = timeless((n) => isFull = n < 4);
    const isIt = (path: string) => isFull && path.startsWith(problem.path(name)) && path.includes(file);
    const { code, err } = await run("train", name, isIt, patience);
    assertEquals([code, patience.ms], [0, 40_000], err);
    const path = problem.path(name, file);
    assertEquals(err.split(waits(path)).length, 2, err); // told once
    assertStringIncludes(err, `There is room again: ${path} is written\n`);
    assertEquals(bytesOf(name), bytesOf("train whole"));
    assertEquals(filesIn(problem.path(name)), filesIn(problem.path("train whole")));
  });
}

Deno.test("Ctrl-C ends the wait for room at once, with the way to go on", async () => {
  const name = "stopped in its wait";
  let stop = () => {};
  const patience = timeless(() => stop());
  const { code, err } = await run(
    "train",
    name,
    (path) => path.includes("report.html"),
    patience,
    (_, send) => {
      stop = () => send("SIGINT");
    },
  );
  assertEquals([code, patience.ms], [130, 10_000], err);
  const goOn = `To go on:\n  deno task train --resume '${problem.path(name)}'\n`;
  assert(err.endsWith(`Stopped after 2 of 2 epochs; what was worked out is kept. ${goOn}`), err);
  const resumed = await everyclass(["train", "--resume", problem.path(name)], undefined, cache);
  assertEquals(resumed.code, 0, resumed.err);
  assertEquals(bytesOf(name), bytesOf("train whole"));
});

Deno.test("Ctrl-C in a wait for the work itself tells that it is lost, and how to go on from the save before", async () => {
  const name = "stopped without room";
  let [begun, stop] = [false, () => {}];
  const patience = timeless(() => stop());
  const isFull = (path: string) => {
    if (path.includes("work.safetensors") && !begun) return !(begun = true);
    return begun && path.startsWith(problem.path(name));
  };
  const { code, err } = await run("train", name, isFull, patience, (_, send) => stop = () => send("SIGINT"));
  assertEquals(code, 130, err);
  const lost = "What was worked out since the last save is lost. To go on from that save:\n";
  assert(err.endsWith(`${lost}  deno task train --resume '${problem.path(name)}'\n`), err);
  assertEquals(filesIn(problem.path(name)), ["config.yaml", "work.safetensors"]);
});
