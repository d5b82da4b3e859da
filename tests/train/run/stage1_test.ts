// A finetune run without a checkpoint trains its stage 1 by the config it names, once, and finds it in the cache later.

import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { basename } from "node:path";
import { parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import { loadConfigOf } from "../../../train/config/load.ts";
import type { Summary } from "../../../train/results/records.ts";
import { tensorDigest } from "../../../train/machine/digest.ts";
import { Stage1Cache } from "../../../train/run/stage1_cache.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { everyclass, filesIn, type Finished } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const cache = problem.path("cache");
const recipe = recipeFile("recipe");

/** A training config of three steps an epoch; the run's own images and network take the place of its own. */
function recipeFile(name: string, more = "", lr = 0.1): string {
  const file = problem.path(`${name}.yaml`);
  Deno.writeTextFileSync(
    file,
    `data: { source: cifar10, ratio: 3, augment: { pad: 1 } }\nnetwork: resnet56\nepochs: 2\nbatch: 70\n` +
      `optimizer: { lr: ${lr}, schedule: { kind: cosine } }\n${more}`,
  );
  return file;
}

/** Runs a command without a checkpoint. */
function withoutCheckpoint(
  command: string,
  name: string,
  stage1: string | null,
  more: string[] = [],
  onProgress?: Parameters<typeof everyclass>[1],
): Promise<Finished> {
  const flags = problem.flags(name, `checkpoint=null stage1=${stage1} epochs=1 views=1`, {
    checkpoint: null,
  });
  return everyclass([command, ...flags, ...more], onProgress, cache);
}

const cached = () => filesIn(problem.path("cache/stage1"));
/** The file of the first run's stage 1. */
let kept = "";
const bytesOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));
const summaryOf = (run: string): Summary =>
  JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")));
const trains = ({ err }: Finished) => err.includes("stage 1: epoch 2 of 2");

Deno.test("evaluate takes a trained stage 1, and trains none", async () => {
  const { code, err } = await withoutCheckpoint("evaluate", "too early", recipe);
  assertEquals(code, 1);
  assertStringIncludes(err, "Cannot take stage 1 by recipe: it takes a trained one, current cache has none");
  assert(!filesIn(problem.folder).includes("too early"));
});

Deno.test("the first run trains its stage 1 and keeps it, the next one finds it", async () => {
  const first = await withoutCheckpoint("finetune", "first", recipe);
  assertEquals(first.code, 0, first.err);
  assertMatch(first.err, /Training stage 1 by recipe first, resnet8 on .* kernels; later runs find it in /);
  assert(trains(first), first.err);
  assertStringIncludes(first.err, "resnet8 from stage 1 by recipe, on");
  assertEquals(cached().length, 1);
  assertMatch(cached()[0], /^idx-resnet8-[0-9a-f]{16}\.safetensors$/);
  kept = problem.path("cache/stage1", cached()[0]);
  const { metadata } = parseSafetensors(Deno.readFileSync(kept));
  const { network, method, loss, epochs } = metadata;
  assertEquals([network, method, loss, epochs], ["resnet8", "plain", "ce", "2 of 2"]);
  assert(summaryOf("first").seconds.stage1 > 0);

  const second = await withoutCheckpoint("finetune", "second", recipe);
  assertEquals(second.code, 0, second.err);
  assert(!trains(second), second.err);
  assertStringIncludes(
    second.err,
    `Stage 1 by recipe is in the cache: ${kept}`,
  );
  assertEquals(bytesOf("second"), bytesOf("first"));
  const { before } = summaryOf("first");
  assertEquals([summaryOf("second").before, summaryOf("second").seconds.stage1], [before, 0]);
  const evaluated = await withoutCheckpoint("evaluate", "evaluated", recipe);
  assertEquals(evaluated.code, 0, evaluated.err);
  assertEquals(summaryOf("evaluated").before, before);
});

Deno.test("an undertrained stage 1 is told of in each run, as long as its file tells how it was trained", async () => {
  const words = ({ err }: Finished) => err.split("\n").filter((line) => line.includes("undertrained"));
  const good = Deno.readFileSync(kept);
  Deno.removeSync(kept);
  const slow = recipeFile("slow", "", 1e-7);
  const trained = await withoutCheckpoint("finetune", "slow", slow);
  assertEquals([trained.code, trains(trained), words(trained).length], [0, true, 1], trained.err);
  assertMatch(words(trained)[0], /^The network is undertrained: after 6 steps it has \d+\.\d % /);
  const found = await withoutCheckpoint("finetune", "slow again", slow);
  assertEquals([found.code, trains(found), words(found)], [0, false, words(trained)], found.err);
  // A file of an earlier version does not tell, and is taken all the same.
  const file = problem.path("cache/stage1", cached().find((name) => name !== basename(kept))!);
  const { state, metadata: { learning: _, sha256: _seal, ...metadata } } = parseSafetensors(
    Deno.readFileSync(file),
  );
  const digest = tensorDigest([...state].map(([name, { data }]) => [name, data]));
  Deno.writeFileSync(file, writeSafetensors(state, { ...metadata, digest }));
  const earlier = await withoutCheckpoint("finetune", "slow earlier", slow);
  assertEquals([earlier.code, trains(earlier), words(earlier)], [0, false, []], earlier.err);
  assertEquals(bytesOf("slow earlier"), bytesOf("slow"));
  Deno.removeSync(file);
  Deno.writeFileSync(kept, good);
});

Deno.test("it is the network that train makes of the same config", async () => {
  const keys = [
    "epochs=2",
    "batch=70",
    "optimizer.schedule.kind=cosine",
    "data.augment.pad=1",
    "data.source=idx",
  ];
  const sets = [...keys, "data.ratio=10"].flatMap((key) => ["--set", key]);
  const { code, err } = await everyclass([
    ...["train", "--data", problem.data, "--out", problem.path("trained")],
    ...sets,
  ]);
  assertEquals(code, 0, err);
  assertEquals(
    parseSafetensors(Deno.readFileSync(kept)).state,
    parseSafetensors(bytesOf("trained")).state,
  );
});

Deno.test("what another result would come of is trained anew; a name, workers and the run's seed change nothing", async () => {
  const other = recipeFile("other", "seed: 1");
  assert(trains(await withoutCheckpoint("finetune", "other seed", other)));
  assert(trains(await withoutCheckpoint("finetune", "other cut", recipe, ["--set", "data.seed=1"])));
  assertEquals(cached().length, 3);
  const same = recipeFile("same", "workers: 2\nevaluateEvery: 1");
  const run = ["--seed", "5", "--set", "workers=2"];
  const again = await withoutCheckpoint("finetune", "same", same, run);
  assertEquals([again.code, trains(again)], [0, false]);

  const { setup: opened } = await problem.setUp();
  using setup = opened;
  const config = await loadConfigOf(trainingConfig, recipe);
  const pathOf = (data: object) =>
    new Stage1Cache("cache", setup, { ...config, data: { ...config.data, ...data } }).path;
  assertEquals(pathOf({ dir: "elsewhere", imageCache: 0, decoder: "turbojpeg" }), pathOf({}));
  assertNotEquals(pathOf({ size: 96 }), pathOf({}));
});

Deno.test("a cached file that is damaged is told and trained anew, to the same bytes", async () => {
  const good = Deno.readFileSync(kept);
  const [cut, changed] = [good.slice(0, good.length / 2), good.slice()];
  changed[changed.length - 3] ^= 64;
  for (const [i, bytes] of [cut, changed].entries()) {
    Deno.writeFileSync(kept, bytes);
    const damaged = await withoutCheckpoint("finetune", `damaged ${i}`, recipe);
    assertEquals(damaged.code, 0, damaged.err);
    assertStringIncludes(damaged.err, `The cached stage 1 ${kept} is damaged, so it counts as missing: `);
    assert(trains(damaged), damaged.err);
    assertEquals(Deno.readFileSync(kept), good);
  }
});

Deno.test("Ctrl-C while stage 1 is trained leaves no half file; the run goes on to the same bits, and so does another", async () => {
  const good = Deno.readFileSync(kept);
  Deno.removeSync(kept);
  const stopped = await withoutCheckpoint(
    "finetune",
    "stopped",
    recipe,
    [],
    (line, send) => line.includes("stage 1: epoch 1 of 2") && send("SIGINT"),
  );
  assertEquals([stopped.code, stopped.out], [130, ""], stopped.err);
  assert(
    stopped.err.endsWith(
      "Stopped in stage 1 after 1 of 2 epochs; what was worked out is kept. To go on:\n" +
        `  deno task finetune --resume ${problem.path("stopped")}\n`,
    ),
    stopped.err,
  );
  assertEquals(filesIn(problem.path("stopped")), ["config.yaml", "work.safetensors"]);
  const work = basename(kept).replace(".safetensors", ".work.safetensors");
  assert(cached().includes(work) && !cached().includes(basename(kept)), `${cached()}`);

  const left = Deno.readFileSync(problem.path("cache/stage1", work));
  const resumed = await everyclass(["finetune", "--resume", problem.path("stopped")], undefined, cache);
  Deno.writeFileSync(problem.path("cache/stage1", work), left);
  Deno.removeSync(kept);
  const another = await withoutCheckpoint("finetune", "another", recipe);
  for (const [name, again] of Object.entries({ stopped: resumed, another })) {
    assertEquals(again.code, 0, again.err);
    assertStringIncludes(again.err, "Going on with stage 1 after 1 of 2 epochs");
    assert(!again.err.includes("stage 1: epoch 1 of 2") && trains(again), again.err);
    assertEquals(bytesOf(name), bytesOf("first"));
  }
  assertEquals(Deno.readFileSync(kept), good);
  assert(!cached().includes(work));
});

Deno.test("a stopped training whose file is damaged begins anew and says so", async () => {
  const good = Deno.readFileSync(kept);
  Deno.removeSync(kept);
  Deno.writeTextFileSync(kept.replace(".safetensors", ".work.safetensors"), "{}");
  const again = await withoutCheckpoint("finetune", "anew", recipe);
  assertEquals(again.code, 0, again.err);
  assertStringIncludes(again.err, "What was trained before is of no use: ");
  assertStringIncludes(again.err, "stage 1: epoch 1 of 2");
  assertEquals([Deno.readFileSync(kept), cached().some((name) => name.includes("work"))], [good, false]);
});

Deno.test("a run stopped after its stage 1 is resumed from the cache", async () => {
  const stopped = await withoutCheckpoint(
    "finetune",
    "later",
    recipe,
    [],
    (line, send) => line.startsWith("evaluate stage 1") && send("SIGINT"),
  );
  assertEquals(stopped.code, 130, stopped.err);
  const resumed = await everyclass(["finetune", "--resume", problem.path("later")], undefined, cache);
  assertEquals([resumed.code, trains(resumed)], [0, false], resumed.err);
  assertEquals(bytesOf("later"), bytesOf("first"));
});

Deno.test("a stage 1 whose numbers break, or that begins with a checkpoint, is refused and not kept", async () => {
  const before = cached();
  const broken = await withoutCheckpoint("finetune", "broken", recipeFile("hot", "", 1e29));
  assertEquals(broken.code, 1);
  assertStringIncludes(broken.err, "Cannot go on with epoch 1: it takes finite numbers");
  const second = recipeFile("second", `checkpoint: ${problem.checkpoint}`);
  const refused = await withoutCheckpoint("finetune", "refused", second);
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.err, `current ${second} begins with ${problem.checkpoint}`);
  assertEquals(cached(), before);
  assert(!filesIn(problem.folder).some((name) => name === "broken" || name === "refused"));
});

Deno.test("a recipe of a second stage is refused: its frozen part would be what was drawn", async () => {
  for (
    const [keys, current] of [
      ["train: classifier\nclassifier: reinit", "train: classifier, classifier: reinit"],
      ["train: scale\nhead: scaled", "train: scale, classifier: warm"],
      ["classifier: tau-norm", "train: all, classifier: tau-norm"],
    ]
  ) {
    const file = recipeFile("stage2", keys);
    const { code, err } = await withoutCheckpoint("finetune", "refused", file);
    assertEquals(code, 1);
    assertStringIncludes(
      err,
      `Cannot train stage 1: it takes a config that begins from scratch, current ${file} has ${current}: `,
    );
  }
});
