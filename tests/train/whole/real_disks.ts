// Every command on a disk of a real system that is full, that can only be read, or that takes no more files: run by
// real_disks_test.ts, in a mount namespace of its own.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { hash32 } from "../../../data/mod.ts";
import { timeless } from "../../data/disk/full_disk.ts";
import { everyclass, filesIn } from "../command.ts";
import { MadeUpFeatures } from "../made_up_features.ts";
import { Problem } from "../problem.ts";
import { SmallDisk } from "./small_disk.ts";

const [problem, features] = [new Problem(), new MadeUpFeatures()];
const cache = problem.path("cache");
const photos = problem.path("photos");
Deno.mkdirSync(photos);
for (let i = 0; i < 8; i++) {
  const pixels = Uint8Array.from({ length: 24 * 24 }, (_, at) => hash32(i, at) % 256);
  const image = sharp(pixels, { raw: { width: 24, height: 24, channels: 1 } });
  Deno.writeFileSync(`${photos}/${i}.png`, await image.png().toBuffer());
}

/** Runs of a disk with room, which the others are held against. */
const whole = problem.path("whole");
const model = problem.path("whole", "finetune", "checkpoint.safetensors");

/** A command with an output of this path. */
interface Kind {
  /** The command line. */
  words(out: string): string[];
  /** KiB that are left at first: enough to begin, too few to end. */
  kib: number;
  /** The files that it leaves. */
  files: string[];
  /** True for a run that goes on from its folder. */
  goesOn?: boolean;
}

const run = (path: string, sets: string) => problem.flags("", sets, { out: path });
const measured = ["recalls.csv", "report.html", "summary.json"];
const kinds: Record<string, Kind> = {
  finetune: {
    words: (out) => ["finetune", ...run(out, "views=1")],
    kib: 400,
    files: ["checkpoint.safetensors", "config.yaml", "metrics.csv", ...measured],
    goesOn: true,
  },
  train: {
    words: (
      out,
    ) => ["train", ...problem.trainFlags("", "epochs=2 train=classifier network=resnet8", { out })],
    kib: 340,
    files: ["checkpoint.safetensors", "config.yaml", "metrics.csv", ...measured],
    goesOn: true,
  },
  "retrain-features": {
    words: (out) => features.flags("").map((word, i, all) => all[i - 1] === "--out" ? out : word),
    kib: 40,
    files: [
      "classifier.npz",
      "classifier.pt",
      "classifier.safetensors",
      "config.yaml",
      "metrics.csv",
      ...measured,
    ],
    goesOn: true,
  },
  "reproduce table1": {
    words: (out) => [
      ...["reproduce", "table1", ...run(out, "network=resnet8 views=1 epochs=1")],
      ...["--seeds", "1", "--ablations", "none"],
    ],
    kib: 24,
    files: ["config.yaml", "summary.json", "table1.html", "table1.md"],
    goesOn: true,
  },
  evaluate: {
    words: (out) => ["evaluate", "--data", problem.data, "--checkpoint", model, "--out", out],
    kib: 24,
    files: ["config.yaml", ...measured],
  },
  adjust: {
    words: (out) => [
      ...["adjust", "--data", problem.data, "--checkpoint", model, "--out", out, "--set", "adjust.t=0.5"],
    ],
    kib: 340,
    files: ["checkpoint.safetensors", "config.yaml", ...measured],
  },
  predict: {
    words: (out) => ["predict", photos, "--checkpoint", model, "--out", `${out}.html`],
    kib: 4,
    files: [],
  },
  compare: {
    words: (out) => ["compare", `${whole}/finetune`, `${whole}/train`, "--out", `${out}.html`],
    kib: 4,
    files: [],
  },
};

/** The path of what a command leaves, in a folder. */
const resultOf = (name: string, { files }: Kind, folder: string) =>
  files.length > 0 ? `${folder}/${name}` : `${folder}/${name}.html`;

/** The sentence of a wait for room, for any file on a disk. */
const WAITS = /^The disk is full: cannot write .*; trying again every 10 s for 10 minutes: make room/gm;

Deno.test("real disks: every command ends well on a disk with room", async () => {
  for (const [name, kind] of Object.entries(kinds)) {
    const { code, err } = await everyclass(kind.words(`${whole}/${name}`), undefined, cache);
    assertEquals(code, 0, `${name}: ${err}`);
    if (kind.files.length > 0) assertEquals(filesIn(`${whole}/${name}`), kind.files.toSorted());
  }
});

for (const [name, kind] of Object.entries(kinds)) {
  Deno.test(`real disks: ${name} waits on a full disk, and goes on as soon as there is room`, async () => {
    using disk = new SmallDisk(problem.path("small"));
    disk.leave(kind.kib);
    const patience = timeless((n) => n === 3 && disk.free());
    const { code, err } = await everyclass(kind.words(disk.path(name)), undefined, cache, patience);
    assertEquals([code, patience.ms], [0, 30_000], err);
    assertEquals(err.match(WAITS)?.length, 1, err);
    assertStringIncludes(err, "There is room again: ");
    if (kind.files.length > 0) assertEquals(filesIn(disk.path(name)), kind.files.toSorted());
    else assertEquals(filesIn(disk.folder), [`${name}.html`]);
    for (const file of kind.files.filter((file) => /safetensors|csv$/.test(file) && file !== "metrics.csv")) {
      assertEquals(
        Deno.readFileSync(disk.path(name, file)),
        Deno.readFileSync(`${whole}/${name}/${file}`),
        file,
      );
    }
  });

  Deno.test(`real disks: ${name} ends in one sentence where nobody makes room, and leaves nothing half`, async () => {
    using disk = new SmallDisk(problem.path("small"));
    if (kind.files.length === 0) Deno.writeTextFileSync(resultOf(name, kind, disk.folder), "earlier");
    const before = disk.all();
    disk.leave(kind.kib);
    const { code, err } = await everyclass(kind.words(disk.path(name)), undefined, cache, timeless());
    assertEquals(code, 1, err);
    assertMatch(
      err,
      /\nerror: Cannot write [^\n]*: the disk is full: make room, or take a folder on another disk\n( {2}because: Cannot write [^\n]*\n)?$/,
    );
    if (!kind.goesOn) return assertEquals(disk.all(), before);
    disk.free();
    assertMatch(err, new RegExp(`To go on.*:\\n {2}deno task ${name} --resume `));
    const resumed = await everyclass([...name.split(" "), "--resume", disk.path(name)], undefined, cache);
    assertEquals(resumed.code, 0, resumed.err);
    assertEquals(filesIn(disk.path(name)), kind.files.toSorted());
  });

  Deno.test(`real disks: ${name} is refused before any work without room for a byte, files, or a write`, async () => {
    for (
      const [options, fault] of [["size=64k", "full"], ["nr_inodes=2", "full"], [
        "size=64k",
        "can only be read",
      ]]
    ) {
      using disk = new SmallDisk(problem.path("small"), options);
      Deno.writeTextFileSync(disk.path("earlier"), "earlier");
      if (fault !== "full") disk.readOnly();
      else if (options === "size=64k") disk.leave(0);
      const before = disk.all();
      const { code, out, err } = await everyclass(kind.words(disk.path(name)), undefined, cache, timeless());
      assertEquals([code, out], [1, ""], `${options}: ${err}`);
      assertMatch(err, /^error: Cannot write [^\n]*\n$/, options);
      assertStringIncludes(err, `the disk ${fault === "full" ? "is full" : fault}: `);
      assert(!err.includes("os error"), err);
      assertEquals(disk.all(), before, options);
    }
  });
}
