// A run whose device is lost in one of its stages opens another, once, and ends with the bits of a run that lost none.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { everyclass, filesIn } from "../command.ts";
import { Problem } from "../problem.ts";
import { LostDevices } from "./lose_device.ts";

const problem = new Problem();
const recipe = problem.path("recipe.yaml");
Deno.writeTextFileSync(recipe, "epochs: 2\nbatch: 32\n");

/** The sentence on the first loss. */
const AGAIN =
  /^Cannot go on with this device: it was lost \(destroyed\).*\. It is opened again, once, and the run goes on/m;

const finetune = {
  command: "finetune",
  flags: (name: string) =>
    problem.flags(name, `stage1=${recipe} epochs=4 views=2 ensemble={}`, { checkpoint: null }),
};
const train = {
  command: "train",
  flags: (name: string) => problem.trainFlags(name, "epochs=2 batch=32", { checkpoint: null }),
};
const fresh = {
  command: "finetune",
  flags: (name: string) => problem.flags(name, "epochs=3 views=fresh statistics=updated"),
};

type Kind = typeof finetune;

/** A moment at which the device is lost: a text of the progress, and the number of submits after it. */
type Loss = [marker: string, submits: number];

/** Makes a run that loses its device at these moments, one after the other. */
async function run({ command, flags }: Kind, name: string, losses: Loss[] = [], stops = false) {
  using devices = new LostDevices();
  const left = [...losses];
  const finished = await everyclass([command, ...flags(name)], (line, send) => {
    if (left.length === 0 || !line.includes(left[0][0])) return;
    devices.after(left.shift()![1]);
    if (stops) send("SIGINT");
  }, problem.path(`${name} cache`));
  return { ...finished, lost: devices.lost };
}

/** All that a run leaves, but for times. */
function resultsOf(name: string) {
  const text = (file: string) => Deno.readTextFileSync(problem.path(name, file));
  const { before, after, ensemble } = JSON.parse(text("summary.json"));
  return {
    files: filesIn(problem.path(name)),
    checkpoint: createHash("sha256").update(Deno.readFileSync(problem.path(name, "checkpoint.safetensors")))
      .digest("hex"),
    recalls: text("recalls.csv"),
    epochs: text("metrics.csv").trimEnd().split("\n").map((row) => row.split(",").slice(0, 4)),
    metrics: { before, after, ensemble },
  };
}

for (
  const [kind, name, ...stages] of [
    [
      finetune,
      "finetune",
      ["the opening", "Reading ", 0],
      ["stage 1", "stage 1: epoch 1 of 2", 2],
      ["the evaluation of stage 1", "Features of ", 1],
      ["a view", "view 1 of 2: ", 1],
      ["re-training", "re-train: epoch 2 of 4", 2],
      ["the end", "re-train: epoch 4 of 4", 1],
    ],
    [train, "train", ["an epoch", "train: epoch 1 of 2", 2], ["the evaluation", "train: epoch 2 of 2", 1]],
    [fresh, "fresh views", ["the view of an epoch", "re-train: epoch 1 of 3", 1]],
  ] as [Kind, string, ...[string, string, number][]][]
) {
  Deno.test(`device lost: ${name} goes on to the same bits from every stage, and says so`, async () => {
    const whole = await run(kind, name);
    assertEquals([whole.code, whole.lost], [0, 0], whole.err);
    const expected = resultsOf(name);
    for (const [stage, marker, submits] of stages) {
      const lost = await run(kind, `${name} ${stage}`, [[marker, submits]]);
      assertEquals([lost.code, lost.lost], [0, 1], `${stage}:\n${lost.err}`);
      assertEquals(lost.err.match(new RegExp(AGAIN, "gm"))?.length, 1, `${stage}:\n${lost.err}`);
      assert(!lost.err.includes("To go on:"), `${stage}:\n${lost.err}`);
      assertEquals(resultsOf(`${name} ${stage}`), expected, stage);
    }
  });
}

Deno.test("device lost: a second loss ends with the way to go on, which leads to the same bits", async () => {
  const kind = { ...finetune, flags: (name: string) => problem.flags(name, "epochs=3 views=2") };
  assertEquals((await run(kind, "once")).code, 0);
  for (const second of [["It is opened again", 0], ["re-train: epoch 1", 1]] as Loss[]) {
    const name = `twice, ${second[0]}`;
    const { code, lost, err } = await run(kind, name, [["view 1 of 2: ", 1], second]);
    assertEquals([code, lost], [1, 2], err);
    const told = err.split("\n").slice(-3);
    assertMatch(
      told[0],
      /^error: Cannot go on with this device: it was lost .* it is not opened a third time/,
    );
    const folder = problem.path(name);
    assertEquals(told.slice(1), [`  deno task finetune --resume '${folder}'`, ""], err);
    assertEquals((await everyclass(["finetune", "--resume", folder])).code, 0);
    assertEquals(resultsOf(name), resultsOf("once"));
  }
});

Deno.test("device lost: evaluate ends in one sentence and leaves nothing", async () => {
  const flags = (name: string) => problem.flags(name);
  const { code, lost, err } = await run({ command: "evaluate", flags }, "evaluated", [["Reading ", 1]]);
  assertEquals([code, lost], [1, 1], err);
  assertMatch(err, /\nerror: Cannot go on with this device: it was lost \(destroyed\)[^\n]*\n$/);
  assert(!filesIn(problem.folder).includes("evaluated"));
});

Deno.test("device lost: a user who stops the run meanwhile has stopped it", async () => {
  const { code, err } = await run(train, "stopped", [["train: epoch 1 of 2", 1]], true);
  assertEquals(code, 130, err);
  assert(!AGAIN.test(err), err);
  assertStringIncludes(err, "To go on:\n");
});
