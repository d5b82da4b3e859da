import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { inflateSync } from "node:zlib";
import { basename, dirname, join } from "node:path";
import { type EncodedImages, loadDataset, MissingDataError } from "../../../../data/mod.ts";
import { readPack, writePack } from "../../../../data/containers/pack.ts";
import { makeTemporary, temporaryOf } from "../../../../data/disk/mod.ts";
import { temporaryFolder } from "../../helpers.ts";

const fixtures = new URL("../../../fixtures/data/", import.meta.url).pathname;

/** Names of files in a folder, and which fixture each is a copy of. */
type Files = Record<string, string>;

const train = (i: number) => `parquet/train-0000${i}-of-00002.parquet`;
const usual: Files = {
  "train-00000-of-00002.parquet": train(0),
  "train-00001-of-00002.parquet": train(1),
  "test-00000-of-00001.parquet": "parquet/test-00000-of-00001.parquet",
};

/** A folder of Parquet files, with what loads it. */
async function parquetFolder(files: Files) {
  const folder = await temporaryFolder();
  const path = join(folder.path, "set");
  for (const [name, fixture] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(path, name)), { recursive: true });
    await Deno.copyFile(join(fixtures, fixture), join(path, name));
    await Deno.utime(join(path, name), 1_700_000_000, 1_700_000_000);
  }
  const said: string[] = [];
  const options = { cache: join(folder.path, "cache"), onProgress: (line: string) => void said.push(line) };
  const load = () => loadDataset("parquet", path, options);
  return {
    path,
    cache: options.cache,
    said,
    load,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** The number that each image was made of: its first pixel is 20 times that. */
function imagesOf({ files, ranges, count }: EncodedImages): number[] {
  return Array.from({ length: count }, (_, i) => {
    const [start, length] = ranges!.subarray(2 * i);
    const png = Deno.readFileSync(files[i]).subarray(start, start + length);
    assertEquals(Array.from(png.subarray(-8, -4)), Array.from("IEND", (letter) => letter.charCodeAt(0)));
    return inflateSync(png.subarray(41))[1] / 20; // behind the header and what begins the data
  });
}

async function refuses(
  files: Files,
  // deno-lint-ignore no-explicit-any
  kind: new (...args: any[]) => Error,
  ...words: string[]
): Promise<void> {
  await using folder = await parquetFolder(files);
  const { message } = await assertRejects(folder.load, kind);
  for (const word of words) assertStringIncludes(message, word.replaceAll("ROOT", folder.path));
}

Deno.test("Parquet files of Hugging Face are unpacked into the cache and read from there", async () => {
  await using folder = await parquetFolder(usual);
  const { train, test, classNames, numbered, name, origin, root } = await folder.load();
  assertEquals(numbered, false);
  assertEquals([imagesOf(train), imagesOf(test)], [[0, 1, 2, 3, 4, 5, 6], [7, 8, 9]]);
  assertEquals([Array.from(train.labels), Array.from(test.labels)], [[0, 1, 2, 0, 1, 2, 0], [1, 2, 0]]);
  assertEquals(classNames, ["ant", "bee", "great white shark"]);
  assertEquals([name, origin, root], ["set", Deno.realPathSync(folder.path), undefined]);
  assertEquals([train.height, train.shorter, train.channels], [224, 256, 3]);
  assertEquals(new Set(train.files).size, 1);
  assert(train.files[0].startsWith(folder.cache) && train.files[0].endsWith("/train.pack"), train.files[0]);
});

Deno.test("a pack is used again as long as its files stay as they are, and made again when it is not whole", async () => {
  await using folder = await parquetFolder(usual);
  const { train } = await folder.load();
  const unpacked = async (): Promise<string[]> => {
    folder.said.length = 0;
    assertEquals((await folder.load()).train, train);
    return folder.said.map((line) => /^Unpacking (\w+)/.exec(line)![1]);
  };
  assertEquals(await unpacked(), []);
  const pack = train.files[0];
  const index = pack.replace(/pack$/, "index");
  const before = [await Deno.readFile(pack), await Deno.readFile(index)];
  const changed = Deno.statSync(pack).mtime;
  for (const [path, size] of [[pack, 100], [index, 100], [index, 0]] as const) {
    await Deno.truncate(path, size);
    assertEquals(await unpacked(), ["train", "train"]);
  }
  const flipped = before[1].slice();
  flipped[3] ^= 1;
  await Deno.writeFile(index, flipped);
  assertEquals(await unpacked(), ["train", "train"]);
  await Deno.remove(pack);
  assertEquals(await unpacked(), ["train", "train"]);
  await Deno.utime(join(folder.path, "test-00000-of-00001.parquet"), 1_700_000_000, 1_700_000_001);
  assertEquals(await unpacked(), ["test"]);
  assertEquals([await Deno.readFile(pack), await Deno.readFile(index)], before);
  assertEquals(Deno.statSync(pack).mtime, changed); // a run that was interrupted takes it for the same
  assertEquals(Array.from(Deno.readDirSync(dirname(pack)), ({ name }) => name).sort(), [
    "test.index",
    "test.pack",
    "train.index",
    "train.pack",
  ]);
});

Deno.test("Parquet files are found in the folder data, in folders of the splits, and under other names of columns", async () => {
  const odd = "parquet_odd/columns.parquet";
  for (
    const names of [["data/train-0.parquet", "data/val.parquet"], ["train/a.parquet", "validation/0.parquet"]]
  ) {
    await using folder = await parquetFolder(Object.fromEntries(names.map((name) => [name, odd])));
    const { train, test } = await folder.load();
    assertEquals([imagesOf(train), imagesOf(test)], [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]]);
  }
  await using alone = await parquetFolder({ "train.parquet": "parquet_odd/unnamed.parquet" });
  const { train, test, classNames, numbered } = await alone.load();
  assertEquals([classNames, numbered], [["0", "1", "2"], true]);
  assertEquals([train.count, test.count], [3, 3]); // one of two of each class
  assertEquals(imagesOf(train).map((i) => i % 3), Array.from(train.labels));
});

Deno.test("test labels that are withheld make way for those of validation", async () => {
  const withheld = { "test.parquet": "parquet_odd/withheld.parquet" };
  await using folder = await parquetFolder({
    ...usual,
    ...withheld,
    "validation.parquet": "parquet_odd/columns.parquet",
  });
  await Deno.remove(join(folder.path, "test-00000-of-00001.parquet"));
  const { test, validation } = await folder.load();
  assertEquals(imagesOf(test), [0, 1, 2, 3, 4, 5]);
  assertEquals(validation, undefined);
  assertStringIncludes(folder.said[0], "The labels of test are withheld");
});

Deno.test("a validation split beside a test split is kept apart, under any of its names", async () => {
  const odd = "parquet_odd/columns.parquet";
  for (const name of ["validation.parquet", "data/valid-0.parquet", "val/a.parquet"]) {
    const place = name.startsWith("data/") ? "data/" : "";
    const beside = Object.entries(usual).map(([file, fixture]) => [place + file, fixture]);
    await using folder = await parquetFolder({ ...Object.fromEntries(beside), [name]: odd });
    const { train, test, validation } = await folder.load();
    assertEquals([train, test, validation!].map(imagesOf), [[0, 1, 2, 3, 4, 5, 6], [7, 8, 9], [
      0,
      1,
      2,
      3,
      4,
      5,
    ]]);
    assertEquals(Array.from(validation!.labels), [0, 1, 2, 0, 1, 2]);
    assert(validation!.files[0] !== train.files[0] && validation!.files[0] !== test.files[0]);
    const before = folder.said.length;
    assertEquals((await folder.load()).validation, validation);
    assertEquals(folder.said.length, before); // nothing is unpacked again
  }
});

Deno.test("a validation split at fault is left out, and told, as nothing depends on it", async () => {
  for (
    const [fixture, words] of [
      ["parquet_odd/others.parquet", "it takes the classes of "],
      ["parquet_odd/withheld.parquet", "labels from 0 to 2, current image 0 has -1"],
      ["parquet_odd/unlabelled.parquet", "labels from 0 to 2, current image 2 has none"],
      ["make_parquet.py", "Cannot read validation.parquet"],
    ]
  ) {
    await using folder = await parquetFolder({ ...usual, "validation.parquet": fixture });
    const { train, test, validation } = await folder.load();
    assertEquals([train.count, test.count, validation], [7, 3, undefined]);
    const told = folder.said.filter((line) => line.startsWith("Left out the split validation: "));
    assertEquals(told.length, 1, folder.said.join("\n"));
    assertStringIncludes(told[0], words);
  }
});

Deno.test("Parquet files that are missing, cut short or of another kind are refused", async () => {
  const alone = (fixture: string) => ({ "train.parquet": `parquet_odd/${fixture}.parquet` });
  await refuses(
    { "train-00000-of-00002.parquet": train(0) },
    MissingDataError,
    "2 files, current lack ROOT/train-00001-of-00002",
  );
  await refuses(
    { "cats.parquet": train(0) },
    MissingDataError,
    "current files are others: ROOT/cats.parquet",
  );
  await refuses({ "README.md": train(0) }, MissingDataError, "current files are none");
  await refuses(
    { "train.parquet": "make_parquet.py" },
    SyntaxError,
    "Cannot read train.parquet in ROOT: it takes a whole Parquet file",
    "PAR1",
  );
  await refuses(
    alone("text"),
    SyntaxError,
    "it takes one column of images, structs with bytes,",
    "current columns are text, label",
  );
  await refuses(
    alone("paths"),
    SyntaxError,
    "bytes of an image in every row, current row 3 has only its path, 3.png",
  );
  await refuses(alone("none"), SyntaxError, "the split train in ROOT: it takes one image or more");
  await refuses(
    alone("unlabelled"),
    RangeError,
    "labels from 0 to 2, current image 2 has none; image 3 has 3; image 4 has 4",
  );
  await refuses(
    alone("worded"),
    SyntaxError,
    "ROOT/train.parquet: it takes whole numbers as labels, current label of row 0 is ant",
  );
  await refuses(
    { ...alone("columns"), "test.parquet": "parquet_odd/others.parquet" },
    SyntaxError,
    "ROOT/test.parquet: it takes the classes of ROOT/train.parquet",
  );
  await assertRejects(() => loadDataset("parquet", null), MissingDataError, "current is none");
  await using whole = await parquetFolder(usual);
  await Deno.writeTextFile(whole.cache, "a file in the way");
  await assertRejects(whole.load, Error, `Cannot keep the images in ${whole.cache}/parquet/set-`);
  await Deno.remove(whole.cache);
  await assertRejects(() => loadDataset("parquet", whole.path), TypeError, "folder for the cache");
  const file = join(whole.path, "train-00001-of-00002.parquet");
  const bytes = await Deno.readFile(file);
  for (const size of [0, 5, 100, bytes.length - 1]) {
    await Deno.writeFile(file, bytes.subarray(0, size));
    await assertRejects(whole.load, SyntaxError, "Cannot read train-00001-of-00002.parquet");
  }
  // Whole at its end, damaged inside: found when it is unpacked, and nothing is left of that.
  await Deno.writeFile(file, bytes.slice().fill(0xff, 100, 400));
  await assertRejects(whole.load, SyntaxError, "Cannot read train-00001-of-00002.parquet");
  const left = Array.from(Deno.readDirSync(whole.cache + "/parquet"), ({ name }) => name);
  assertEquals(left.flatMap((name) => Array.from(Deno.readDirSync(`${whole.cache}/parquet/${name}`))), []);
});

Deno.test("a pack holds as many images as labels, empty ones and none too", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a");
  const key = new Uint8Array(32).fill(7);
  const changed = new Date(1_700_000_000_000);
  const images = [Uint8Array.of(1, 2, 3), new Uint8Array(), Uint8Array.of(4)];
  const parts = async function* () {
    yield images.slice(0, 2);
    await Promise.resolve();
    yield [];
    yield images.slice(2);
  };
  const labels = Uint32Array.of(5, 6, 7);
  const written = await writePack(path, key, { labels, parts, changed });
  assertEquals(await readPack(path, key), written);
  assertEquals([written.ranges, await Deno.readFile(`${path}.pack`)], [
    Float64Array.of(0, 3, 3, 0, 3, 1),
    Uint8Array.of(1, 2, 3, 4),
  ]);
  assertEquals(await readPack(path, key.slice().fill(8)), null);
  assertEquals(await readPack(join(folder.path, "b"), key), null);
  await assertRejects(
    () => writePack(path, key, { labels: labels.subarray(1), parts, changed }),
    RangeError,
    "2 labels, 3 images",
  );
  const none = { labels: new Uint32Array(), parts: async function* () {}, changed };
  assertEquals((await writePack(path, key, none)).files, []);
  assertEquals((await readPack(path, key))?.files, []);
});

Deno.test("what killed processes left of a pack goes with the next one, what another process is packing stays", async () => {
  await using folder = await temporaryFolder();
  const pack = join(folder.path, "train.pack");
  Deno.writeTextFileSync(temporaryOf(pack), "left behind");
  const ofAnother = temporaryOf(pack);
  using _file = makeTemporary(ofAnother);
  const own = async function* () {
    yield [Uint8Array.of(1)];
    assertEquals([...Deno.readDirSync(folder.path)].length, 2); // this one, and that of another process
  };
  const images = { labels: new Uint32Array(1), parts: own, changed: new Date() };
  await writePack(join(folder.path, "train"), new Uint8Array(32), images);
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assertEquals(names.sort(), [basename(ofAnother), "train.index", "train.pack"]);
});
