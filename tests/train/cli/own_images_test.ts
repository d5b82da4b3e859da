// Images of one's own, from a folder, a list or Parquet to a checkpoint.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { parseSafetensors } from "../../../engine/mod.ts";
import { turbojpeg } from "../../turbojpeg.ts";
import { everyclass, filesIn } from "../command.ts";

const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** A grey PNG of stripes: every `period` pixels, in a direction. */
function stripes(across: boolean, period: number): Uint8Array {
  const [width, height] = [20, 16];
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      rows[row * (width + 1) + 1 + col] = 255 * (Math.floor((across ? col : row) / period) % 2);
    }
  }
  const chunk = (kind: string, data: Uint8Array): Uint8Array => {
    const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(kind), data, Buffer.alloc(4)]);
    bytes.writeUInt32BE(data.length);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
    return bytes;
  };
  const header = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, 0, 0, 0, 0]);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Fourteen images of one class, and six of another whose folder has a space in its name. */
const images = join(folder, "images");
for (let i = 0; i < 20; i++) {
  const path = join(images, i < 14 ? "down" : "a cross/deep", `${i}.png`);
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeFileSync(path, stripes(i >= 14, 1 + i % 5));
}

/** Trains on it, and returns what was told. */
function train(out: string, dir: string, ...sets: string[]): Promise<string> {
  return run("train", out, dir, "optimizer.schedule.warmup=0", ...sets);
}

async function run(command: string, out: string, dir: string, ...sets: string[]): Promise<string> {
  const { code, err } = await begin(command, out, dir, sets);
  assertEquals(code, 0, err);
  return err;
}

/** Runs a command line. @param stop Ends it, as Ctrl-C does, when a line of progress holds this text. */
function begin(command: string, out: string, dir: string, sets: readonly string[], stop?: string) {
  const keys = "data.ratio=1 data.resize=12 data.size=10 data.augment.pad=0 epochs=1 batch=8 workers=1";
  const all = [...keys.split(" "), ...sets].flatMap((key) => ["--set", key]);
  return everyclass(
    [command, "--data", dir, "--out", join(folder, out), ...all],
    (line, send) => stop !== undefined && line.includes(stop) && send("SIGINT"),
    join(folder, "cache"),
  );
}

const read = (...path: string[]) => Deno.readTextFileSync(join(folder, ...path));
const weights = (out: string) =>
  parseSafetensors(Deno.readFileSync(join(folder, out, "checkpoint.safetensors"))).state;

Deno.test("a folder is split, cut and trained on, and the lists that the run leaves repeat it to the bit", async () => {
  const told = await train("by folder", images, "data.source=folder", "data.ratio=3", "data.testShare=0.3");
  assertStringIncludes(told, "6 of 20 are set aside, 0.3 of each class by seed 0");
  assertStringIncludes(
    told,
    "images with imbalance ratio 3: 7 training images in 2 classes of 4 to 3, 6 test images",
  );
  assertEquals(read("by folder/class-names.txt"), "a cross\ndown\n");
  const lines = ["train", "test"].map((split) => read(`by folder/${split}-list.txt`).trim().split("\n"));
  assertEquals(lines.map(({ length }) => length), [7, 6]);
  assertEquals(new Set(lines.flat()).size, 13);
  for (const line of lines.flat()) assert(/^(a cross\/deep\/\d+\.png 0|down\/\d+\.png 1)$/.test(line), line);

  const list = (split: string) => `data.${split}=${join(folder, `by folder/${split}-list.txt`)}`;
  const names = `data.names=${join(folder, "by folder/class-names.txt")}`;
  const again = await train("by list", images, "data.source=list", list("train"), list("test"), names);
  assertStringIncludes(
    again,
    "train-list as it is, imbalance ratio 1.3: 7 training images in 2 classes of 4 to 3",
  );
  assertEquals(weights("by list"), weights("by folder"));
  assertEquals(read("by list/recalls.csv"), read("by folder/recalls.csv"));
  for (const file of ["train-list.txt", "test-list.txt", "class-names.txt"]) {
    assertEquals(read("by list", file), read("by folder", file));
  }
});

Deno.test("a list with the labels the other way round is evaluated by the names of its classes", async () => {
  const written = (name: string, text: string) => {
    Deno.writeTextFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const turned = (split: string) => {
    const text = read(`by folder/${split}-list.txt`).replaceAll(
      /[01]$/gm,
      (label) => String(1 - Number(label)),
    );
    return `data.${split}=${written(`turned-${split}.txt`, text)}`;
  };
  const lists = ["data.source=list", turned("train"), turned("test"), "optimizer.schedule.kind=constant"];
  const checkpoint = `checkpoint=${join(folder, "by folder/checkpoint.safetensors")}`;
  const rows = (out: string) =>
    read(out, "recalls.csv").trimEnd().split("\n").slice(1).map((row) => row.split(","));
  const split = [
    "data.source=folder",
    "data.ratio=3",
    "data.testShare=0.3",
    "optimizer.schedule.kind=constant",
  ];
  await run("evaluate", "straight", images, ...split, checkpoint);
  const names = `data.names=${written("turned-names.txt", "down\na cross\n")}`;
  const told = await run("evaluate", "turned", images, ...lists, names, checkpoint);
  assertStringIncludes(told, "its classifier is reordered by their names");
  const byName = (out: string) => rows(out).map(([, ...row]) => row).sort();
  assertEquals(byName("turned"), byName("straight"));
  assertEquals(rows("turned").map(([, name]) => name), ["down", "a cross"]);
  // Without names the numbers of images tell that the order is another, though not which.
  const { code, err } = await begin("evaluate", "nameless", images, [...lists, checkpoint]);
  assertEquals(code, 1);
  assertStringIncludes(err, "class 0 has 4 training images there and 3 here");
});

Deno.test("the network is fine-tuned and evaluated on the images of its lists", async () => {
  const checkpoint = `checkpoint=${join(folder, "by folder/checkpoint.safetensors")}`;
  const split = ["data.source=folder", "data.ratio=3", "data.testShare=0.3", checkpoint];
  for (
    const [command, ...sets] of [["finetune", "views=2", "optimizer.schedule.kind=constant"], [
      "evaluate",
      "optimizer.schedule.kind=constant",
    ]]
  ) {
    await run(command, command, images, ...split, ...sets);
    const { before } = JSON.parse(read(command, "summary.json"));
    assertEquals(before, JSON.parse(read("by folder/summary.json")).after);
    for (const file of ["train-list.txt", "test-list.txt"]) {
      assertEquals(read(command, file), read("by folder", file));
    }
  }
});

Deno.test("training that was stopped goes on to the same bits, unless an image was changed or has gone", async () => {
  const sets = ["data.source=folder", "optimizer.schedule.warmup=0", "epochs=2"];
  const resume = (...flags: string[]) =>
    everyclass(["train", "--resume", join(folder, "stopped"), ...flags], undefined, join(folder, "cache"));
  await run("train", "whole", images, ...sets);
  const { code, err } = await begin("train", "stopped", images, sets, "epoch 1 of 2");
  assertEquals(code, 130, err);

  const image = join(images, "down/3.png");
  const [bytes, { mtime }] = [Deno.readFileSync(image), Deno.statSync(image)];
  Deno.writeFileSync(image, stripes(true, 4)); // of the same size, and in the cache as it was
  const changed = await resume();
  assertEquals(changed.code, 1);
  assertStringIncludes(
    changed.err,
    "the images and the checkpoint of the interrupted run, current ones are others",
  );
  Deno.removeSync(image);
  assertEquals((await resume()).code, 1);

  Deno.writeFileSync(image, bytes);
  Deno.utimeSync(image, mtime!, mtime!);
  const decoder = turbojpeg === null ? [] : ["--set", "data.decoder=turbojpeg"]; // it changes no pixels
  const resumed = await resume("--set", "workers=2", "--set", "data.imageCache=0", ...decoder);
  assertEquals(resumed.code, 0, resumed.err);
  assertStringIncludes(resumed.err, "Going on after epoch 1 of 2");
  assertEquals(weights("stopped"), weights("whole"));
});

Deno.test("Parquet files are trained on", async () => {
  const parquet = new URL("../../fixtures/data/parquet", import.meta.url).pathname;
  const told = await train("by parquet", parquet, "data.source=parquet");
  assertStringIncludes(told, "Unpacking train-00000-of-00002.parquet, file 1 of 2");
  assertStringIncludes(told, "7 training images in 3 classes of 3 to 2, 3 test images");
  assertEquals(read("by parquet/recalls.csv").split("\n").map((row) => row.split(",")[1]).slice(1, 4), [
    "ant",
    "bee",
    "great white shark",
  ]);
  assert(!filesIn(join(folder, "by parquet")).includes("train-list.txt"));
});
