// featureBank on the command line: runs on disk are those of memory, and share what does not differ.

import { newWork } from "../../../../train/saved/work.ts";
import type { ImageSet } from "../../../../data/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parseSafetensors } from "../../../../engine/mod.ts";
import { DiskBank } from "../../../../train/features/bank/disk_bank.ts";
import { openBank } from "../../../../train/features/bank/open.ts";
import { Extractor } from "../../../../train/features/extractor.ts";
import { TerminalProgress } from "../../../../train/terminal/progress.ts";
import { everyclass, filesIn, type Finished } from "../../command.ts";
import { Problem } from "../../problem.ts";

const problem = new Problem();
const cache = problem.path("cache");
Deno.mkdirSync(cache);

/** A run with features on disk. */
function onDisk(name: string, sets = "", at = "never"): Promise<Finished> {
  return everyclass(
    ["finetune", ...problem.flags(name, `featureBank=disk views=2 ${sets}`.trim())],
    (line, send) => line.includes(at) && send("SIGINT"),
    cache,
  );
}

const checkpointOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));

/** The stages that went through the backbone. */
const extractions = ({ err }: Finished) =>
  [...err.matchAll(/^(.*): [\d,]+ images in /gm)].map(([, name]) => name);

/** All files of banks, without their keys. */
const files = () =>
  filesIn(join(cache, "features")).flatMap((key) => filesIn(join(cache, "features", key))).sort();

Deno.test("a run with features on disk tells where they are, and ends as one in memory", async () => {
  const memory = await everyclass(["finetune", ...problem.flags("memory", "views=2")], undefined, cache);
  assertEquals(memory.code, 0, memory.err);
  assertStringIncludes(
    memory.err,
    "Features of 2 views of 177 images and of 120 test images, 64 values each: 118.5 KiB, in memory\n",
  );
  assert(!filesIn(cache).includes("features"));

  const disk = await onDisk("disk");
  assertEquals(disk.code, 0, disk.err);
  const folder = join(cache, "features");
  assertStringIncludes(disk.err, `64 values each: 118.5 KiB, on disk in ${folder}, which holds 0 B so far`);
  assertMatch(disk.err, /features holds 1[12]\d\.\d KiB of features, for other runs too\n/);
  assertEquals(checkpointOf("disk"), checkpointOf("memory"));
  const metrics = (run: string) => {
    const { before, after } = JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")));
    return { before, after };
  };
  assertEquals(metrics("disk"), metrics("memory"));
  assertEquals(files(), [
    "view-0.f32",
    "view-0.json",
    "view-1.f32",
    "view-1.json",
    "view-2.f32",
    "view-2.json",
  ]);
});

Deno.test("a run with another loss computes no features, one with another seed but its own views", async () => {
  const other = await onDisk("other", "loss=ce epochs=4");
  assertEquals([other.code, extractions(other)], [0, []], other.err);
  assertStringIncludes(other.err, "evaluate stage 1: 120 of 120 rows are in");
  assertStringIncludes(other.err, "view 2 of 2: 177 of 177 rows are in");
  const seed = await onDisk("seed", "seed=1 views=1");
  assertEquals([seed.code, extractions(seed)], [0, ["view 1 of 1"]], seed.err);
});

Deno.test("the work of a run that was stopped holds none of them, and the run goes on", async () => {
  Deno.removeSync(join(cache, "features"), { recursive: true });
  const stopped = await onDisk("stopped", "", "epoch 1 of 3");
  assertEquals(stopped.code, 130, stopped.err);
  const { state } = parseSafetensors(Deno.readFileSync(problem.path("stopped/work.safetensors")));
  assert(
    state.size > 0 && [...state.keys()].every((name) => name === "before" || name.startsWith("state ")),
    [...state.keys()].join(),
  );
  const resumed = await everyclass(["finetune", "--resume", problem.path("stopped")], undefined, cache);
  assertEquals([resumed.code, extractions(resumed)], [0, []], resumed.err);
  assertEquals(checkpointOf("stopped"), checkpointOf("memory"));
});

Deno.test("a run goes on where its features are gone, and where they are wanted in memory", async () => {
  for (const [name, flags] of [["gone", []], ["moved", ["--set", "featureBank=memory"]]] as const) {
    const stopped = await onDisk(name, "", "epoch 1 of 3");
    assertEquals(stopped.code, 130, stopped.err);
    Deno.removeSync(join(cache, "features"), { recursive: true });
    const resumed = await everyclass(
      ["finetune", "--resume", problem.path(name), ...flags],
      undefined,
      cache,
    );
    assertEquals(resumed.code, 0, resumed.err);
    assertEquals(extractions(resumed), ["evaluate stage 1", "view 1 of 2", "view 2 of 2"]);
    assertEquals(checkpointOf(name), checkpointOf("memory"));
    assertEquals(filesIn(cache).includes("features"), name === "gone");
  }
});

// Without augmentation the views of all epochs are one.
for (const sets of ["views=fresh", "views=fresh data.augment=null"]) {
  Deno.test(`of ${sets} none is left`, async () => {
    const [inMemory, onDisk] = ["memory", "disk"].map((place) => `${place} ${sets}`);
    const run = (name: string, place: string) =>
      everyclass(
        ["finetune", ...problem.flags(name, `${sets} featureBank=${place}`)],
        undefined,
        problem.path(sets),
      );
    const [memory, disk] = [await run(inMemory, "memory"), await run(onDisk, "disk")];
    assertEquals([memory.code, disk.code], [0, 0], disk.err);
    assertEquals(checkpointOf(onDisk), checkpointOf(inMemory));
    const folder = problem.path(sets, "features");
    // Those of the test images are.
    const [key, ...more] = filesIn(folder);
    assertEquals([filesIn(join(folder, key)), more], [["view-0.f32", "view-0.json"], []]);
  });
}

Deno.test("a table is the same with features on disk, computed once a seed", async () => {
  const table = (name: string, sets: string) =>
    everyclass(
      [
        "reproduce",
        "table1",
        ...problem.flags(name, `network=resnet8 views=1 epochs=1 ${sets}`),
        "--seeds",
        "1",
        "--ablations",
        "none",
      ],
      undefined,
      problem.path("table"),
    );
  const [memory, disk] = [
    await table("t-memory", "featureBank=memory"),
    await table("t-disk", "featureBank=disk"),
  ];
  assertEquals([memory.code, disk.code], [0, 0], disk.err);
  assertEquals(extractions(disk), ["evaluate stage 1", "view 1 of 1"]);
  const rowsOf = (name: string) => JSON.parse(Deno.readTextFileSync(problem.path(name, "summary.json"))).rows;
  assertEquals(rowsOf("t-disk"), rowsOf("t-memory"));
});

Deno.test("updated statistics are refused on disk, with the reason", async () => {
  const { code, err } = await onDisk("updated", "statistics=updated");
  assertEquals(code, 1);
  assertStringIncludes(
    err,
    'featureBank takes auto or memory, as features of updated statistics cannot be resumed part by part, current value is "disk"',
  );
});

Deno.test("auto goes to disk above 1 GiB, but for updated statistics", async () => {
  const { setup, config } = await problem.setUp("views=2");
  using _setup = setup;
  const signal = new AbortController().signal;
  const told: string[] = [];
  const progress = new TerminalProgress({ mode: "lines", write: (text) => told.push(text) });
  using extractor = new Extractor(setup, config, progress, signal);
  // 64 values of 4 bytes each, so many that with the 120 of the test images they fill 1 GiB, and one more.
  const most = 2 ** 22 - 120;
  const open = (count: number, changes = {}) =>
    openBank({
      setup: { ...setup, train: { ...setup.train, count } as ImageSet },
      config: { ...config, views: 1, ...changes },
      extractor,
      progress,
      signal,
      work: newWork(),
    });
  assert(!(open(most) instanceof DiskBank));
  assert(open(most + 1) instanceof DiskBank);
  assert(!(open(most + 1, { featureBank: "memory" }) instanceof DiskBank));
  assert(!(open(most + 1, { statistics: "updated", featureBank: "auto" }) instanceof DiskBank));
  assertStringIncludes(told.at(-1)!, "1 GiB, in memory, as their statistics are updated");
});
