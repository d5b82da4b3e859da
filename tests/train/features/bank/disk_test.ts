// Features on disk are those of memory to the bit, whatever became of the run that wrote them or of its files.

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { digestOf, EncodedImages } from "../../../../data/mod.ts";
import { bankKey } from "../../../../train/features/bank/key.ts";
import { DiskRows } from "../../../../train/features/bank/disk_rows.ts";
import { memoryRows } from "../../../../train/features/memory.ts";
import { range } from "../../../../train/features/rows.ts";
import { ViewFile } from "../../../../train/features/bank/view_file.ts";
import { gapsOf } from "../../../../train/features/bank/shards.ts";
import { Interrupted } from "../../../../train/terminal/interrupt.ts";
import { augmented, Bank } from "./helpers.ts";

const bank = await Bank.open();
addEventListener("unload", () => bank[Symbol.dispose]());
const expected = await bank.inMemory();
const width = bank.setup.network.features;

/** Stopped after the first stretch, then gone on with: two shards, of 128 rows and of 49. */
async function twoShards(): Promise<void> {
  bank.anew();
  await assertRejects(() => bank.rows(augmented, { stopAt: 1 }), Interrupted);
  await bank.rows();
}

Deno.test("what was written is read again and not computed", async () => {
  assertEquals(await bank.rows(), expected);
  assertStringIncludes(bank.told, "view: 177 images in");
  assertEquals(bank.files, ["view-1.f32", "view-1.json"]);
  assertEquals(Deno.statSync(bank.path("f32")).size, 4 * 177 * width);
  assertEquals(
    JSON.parse(Deno.readTextFileSync(bank.path("json"))).about,
    'IDX: 177 images of 12x12x1 by resnet8, view 1, seed 0, {"pad":1,"flip":true}',
  );
  assertEquals(await bank.rows(), expected);
  assertEquals(bank.told, `view: 177 of 177 rows are in ${bank.path("f32")}\n`);
});

Deno.test("a view that was stopped goes on at the first row that is missing", async () => {
  bank.anew();
  await assertRejects(() => bank.rows(augmented, { stopAt: 1 }), Interrupted);
  assertEquals(await bank.rows(), expected);
  assertStringIncludes(bank.told, "view: 128 of 177 rows are in");
  assertStringIncludes(bank.told, "view: 49 images in");
});

const damages: { name: string; harm: () => void; rows: number; told: string }[] = [
  {
    name: "a data file cut short",
    harm: () => Deno.truncateSync(bank.path("f32"), 4 * width * 128 + 20),
    rows: 49,
    told: "is damaged: rows 128 to 176 of",
  },
  {
    name: "a data file that is gone",
    harm: () => Deno.removeSync(bank.path("f32")),
    rows: 177,
    told: "is damaged: rows 0 to 176 of",
  },
  {
    name: "an index without the last shard",
    harm: () => {
      const index = JSON.parse(Deno.readTextFileSync(bank.path("json")));
      index.shards.pop();
      Deno.writeTextFileSync(bank.path("json"), JSON.stringify(index));
    },
    rows: 49,
    told: "view: 128 of 177 rows are in",
  },
  {
    name: "one bit of the first shard",
    harm: () => {
      const bytes = Deno.readFileSync(bank.path("f32"));
      bytes[1000] ^= 1;
      Deno.writeFileSync(bank.path("f32"), bytes);
    },
    rows: 128,
    told: "is damaged: rows 0 to 127 of",
  },
  {
    name: "an index cut short",
    harm: () => Deno.truncateSync(bank.path("json"), 60),
    rows: 177,
    told: "view-1.json is damaged: all of",
  },
  {
    name: "an index of other rows",
    harm: () => Deno.writeTextFileSync(bank.path("json"), '{"count":3,"width":2,"once":false,"shards":[]}'),
    rows: 177,
    told: "view-1.json is damaged: all of",
  },
  { name: "no index", harm: () => Deno.removeSync(bank.path("json")), rows: 177, told: "view: 177 images" },
];
for (const { name, harm, rows, told } of damages) {
  Deno.test(`${name}: what is missing is computed again, and nothing else`, async () => {
    await twoShards();
    harm();
    assertEquals(await bank.rows(), expected);
    assertStringIncludes(bank.told, told);
    assertStringIncludes(bank.told, `view: ${rows} images in`);
    await bank.rows();
    assert(!bank.told.includes("images in") && !bank.told.includes("damaged"), bank.told);
  });
}

Deno.test("a flipped bit of the index costs at most rows that are computed again: no other rows are taken for them", async () => {
  await twoShards();
  const index = Deno.readFileSync(bank.path("json"));
  const facts = { about: "", count: 177, width };
  let kept = 0;
  for (let bit = 0; bit < 8 * index.length; bit += 3) {
    const bytes = index.slice();
    bytes[bit >> 3] ^= 1 << (bit & 7);
    Deno.writeFileSync(bank.path("json"), bytes);
    using file = await ViewFile.open(bank.path("f32"), facts, () => Promise.reject(new Error("locked")));
    await file.check();
    assertEquals([file.count, file.width], [177, width]);
    const missing = file.missing.map(({ from, to }) => `${from}-${to}`).join();
    assert(["", "0-128", "128-177", "0-177"].includes(missing), `bit ${bit}: ${missing}`);
    if (missing === "") kept++;
  }
  assert(kept > 0); // such as in the words for people
});

Deno.test("a full disk is told, with what to do; what was written stays", async () => {
  bank.anew();
  const { write } = Deno.FsFile.prototype;
  let calls = 0;
  Deno.FsFile.prototype.write = function (bytes) {
    // The first rows, and their index.
    if (++calls > 2) return Promise.reject(new Error("No space left on device (os error 28)"));
    return write.call(this, bytes);
  };
  // Stopped, so that the first stretch makes a shard.
  await assertRejects(() => bank.rows(augmented, { stopAt: 1 }), Interrupted);
  const { message } = await assertRejects(() => bank.rows()).finally(() => {
    Deno.FsFile.prototype.write = write;
  }) as Error;
  assertEquals(
    message,
    `Cannot keep the features in ${
      bank.path("f32")
    }: the disk is full: 128 of 177 rows are there and need not be ` +
      "computed again; free 12.3 KiB for the others, or set featureBank=memory",
  );
  assertEquals(await bank.rows(), expected);
  assertStringIncludes(bank.told, "view: 49 images in");
});

Deno.test("a folder that cannot be written to is told before any image is decoded", async () => {
  bank.anew();
  const folder = bank.folder;
  bank.folder = `${folder}/file`;
  Deno.writeTextFileSync(bank.folder, "");
  const { message } = await assertRejects(() => bank.rows()) as Error;
  assertStringIncludes(message, `Cannot write ${bank.folder}`);
  assertEquals(bank.told, "");
});

Deno.test("a bank is another with another seed, augmentation, backbone, images or kernels, and with nothing else", () => {
  const { setup } = bank;
  const { train, dataset, stage1 } = setup;
  const key = (changes = {}, set = train, pass = augmented, seed = 0) =>
    bankKey({ ...setup, ...changes }, set, digestOf(set), pass, seed);
  const weights = new Map(stage1).set("conv1.weight", stage1.get("conv1.weight")!.map((w) => w + 1e-3));
  const moved = new Map(stage1).set("bn1.running_mean", stage1.get("bn1.running_mean")!.map(() => 1e-3));
  const device = { adapter: setup.device.adapter, family: "tile" };
  const plain = { ...augmented, augment: null };
  const inFiles = (maxBroken: number) =>
    new EncodedImages({
      ...train,
      files: [],
      ranges: null,
      shorter: null,
      maxPixels: 100,
      maxBroken,
      cache: null,
    });
  const keys = [
    key(),
    key({}, train, augmented, 1),
    key({}, train, { ...augmented, augment: { pad: 2, flip: true } }),
    key({}, train, plain),
    key({}, dataset.test),
    key({}, train.subset(range(0, 176))),
    key({ stage1: weights }),
    key({ stage1: moved }),
    key({ device: { ...device, adapter: "other" } }),
    key({ device: { ...device, family: "other" } }),
    key({ dataset: { ...dataset, mean: [0.5] } }),
    // Images that are broken come as black where they are let in.
    ...[0, 1].map((maxBroken) => key({}, inFiles(maxBroken))),
  ];
  assertEquals(new Set(keys).size, keys.length);
  const head = new Map(stage1).set("linear.bias", new Float32Array(4).fill(1));
  assertEquals(key({ stage1: head }), keys[0]);
  assertEquals(key({}, train, { ...augmented, view: 2, name: "another" }), keys[0]);
  assertEquals(key({}, train, plain, 1), keys[3]);
});

Deno.test("rows come in any order, also twice, and none is made up", async () => {
  bank.anew();
  await bank.rows();
  const disk = new DiskRows(bank.path("f32"), 177, width);
  const memory = memoryRows(177, width);
  memory.put(range(0, 177), expected);
  for (const samples of [[176, 0, 5, 6, 7, 6, 5], [3], [], [10, 11, 12, 12, 13]]) {
    const got = [disk, memory].map((rows) => {
      const out = new Float32Array(samples.length * width);
      rows.gather(Uint32Array.from(samples), out);
      return out;
    });
    assertEquals(got[0], got[1]);
    assertEquals(
      got[0],
      Float32Array.from(samples.flatMap((i) => [...expected.subarray(i * width, (i + 1) * width)])),
    );
  }
  const { message } = assertThrows(() => disk.gather(Uint32Array.of(177), new Float32Array(width))) as Error;
  assertStringIncludes(message, "it was cut short");
  disk.close();
});

Deno.test("gaps are what no shard has", () => {
  assertEquals(gapsOf([], 5), [{ from: 0, to: 5 }]);
  assertEquals(gapsOf([{ from: 0, to: 5 }], 5), []);
  assertEquals(gapsOf([{ from: 1, to: 2 }, { from: 2, to: 4 }], 5), [{ from: 0, to: 1 }, { from: 4, to: 5 }]);
  assertEquals(gapsOf([{ from: 0, to: 1 }, { from: 3, to: 5 }], 5), [{ from: 1, to: 3 }]);
});
