// The same image in training and test images, or in two classes: found by what it decodes to.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { EncodedImages, hash32, loadDataset, type LoadOptions, newImageSet } from "../../../data/mod.ts";
import { checkDuplicates } from "../../../data/duplicates/duplicates.ts";
import { samePixels } from "../../../data/duplicates/same_pixels.ts";
import { patternSet } from "../helpers.ts";
import { imageTree } from "../sources/image_tree.ts";

/** A picture of its own for each key. */
function picture(key: number, width = 24, height = 20) {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => hash32(key, i) & 255);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const png = (key: number, level = 6) => picture(key).png({ compressionLevel: level }).toBuffer();
const jpeg = (key: number) => picture(key).jpeg().toBuffer();

type Tree = Awaited<ReturnType<typeof imageTree>>;

/** Two images of two classes each for training and for testing, all different. */
async function photos(): Promise<Tree & { write(path: string, bytes: Uint8Array): void }> {
  const splits = ["train/a", "train/b", "test/a", "test/b"];
  const tree = await imageTree(...splits.map((folder) => `${folder}/note.txt`));
  for (const [i, folder] of splits.entries()) {
    Deno.writeFileSync(`${tree.path}/${folder}/0.jpg`, await jpeg(i));
    Deno.writeFileSync(`${tree.path}/${folder}/1.png`, await png(10 + i));
  }
  return { ...tree, write: (path, bytes) => Deno.writeFileSync(`${tree.path}/${path}`, bytes) };
}

async function load({ path }: Tree, duplicates: LoadOptions["duplicates"]) {
  const said: string[] = [];
  const onProgress = (line: string) => void (/^\d/.test(line) && said.push(line));
  const { train, test } = await loadDataset("folder", path, { duplicates, onProgress });
  const names = (files: readonly string[]) => files.map((file) => file.slice(path.length + 1));
  return { said, train: names(train.files), test: names(test.files) };
}

Deno.test("images that differ are no duplicates, whatever their size and format", async () => {
  await using tree = await photos();
  tree.write("train/a/2.bmp", new Uint8Array([1, 2, 3]));
  tree.write("train/a/3.jpg", new Uint8Array());
  assertEquals((await load(tree, "refuse")).said, []);
});

Deno.test("a copy in training and test images is told with its paths, left out or refused", async () => {
  await using tree = await photos();
  tree.write("test/a/copy of 0.jpg", await jpeg(0));
  const words = "1 image is in training and in test images, so that recalls come out too high: " +
    "train/a/0.jpg (a) = test/a/copy of 0.jpg (a)";
  const told = await load(tree, "tell");
  assertEquals([told.said, told.train.length, told.test.length], [[words], 4, 5]);
  const { said, train, test } = await load(tree, "drop");
  assertEquals([said, train, test.length], [[words], ["train/a/1.png", "train/b/0.jpg", "train/b/1.png"], 5]);
  const { message } = await assertRejects(() => load(tree, "refuse"), RangeError);
  assertStringIncludes(message, `unless data.duplicates is tell or drop, current: ${words}`);
  assertEquals((await load(tree, "ignore")).said, []);
});

Deno.test("an image in two classes is told with them, and left out of both", async () => {
  await using tree = await photos();
  tree.write("train/b/copy.jpg", await jpeg(0));
  tree.write("train/a/twice.jpg", await jpeg(0)); // in one class that is nobody's concern
  const { said, train, test } = await load(tree, "drop");
  assertEquals(said, [
    "1 image is in several classes: train/a/0.jpg (a) = train/a/twice.jpg (a) = train/b/copy.jpg (b)",
  ]);
  assertEquals([train, test.length], [["train/a/1.png", "train/b/0.jpg", "train/b/1.png"], 4]);
});

Deno.test("copies are found in other formats, encoded otherwise and with other facts about them", async () => {
  const cases: [string, Uint8Array, string, Uint8Array][] = [
    ["a.png", await png(99), "b.png", await png(99, 1)],
    ["a.png", await png(99), "b.webp", await picture(99).webp({ lossless: true }).toBuffer()],
    ["a.tif", await picture(99).tiff({ compression: "lzw" }).toBuffer(), "b.png", await png(99)],
    ["a.jpg", await jpeg(99), "b.png", await sharp(await jpeg(99)).png().toBuffer()],
    [
      "a.jpg",
      await jpeg(99),
      "b.jpg",
      await picture(99).withExif({ IFD0: { Copyright: "nobody" } }).jpeg().toBuffer(),
    ],
    ["a.ppm", ppm(await picture(99).raw().toBuffer()), "b.png", await png(99)],
    ["a.gif", await picture(99).gif().toBuffer(), "b.gif", await picture(99).gif().toBuffer()],
  ];
  for (const [a, first, b, second] of cases) {
    await using tree = await photos();
    tree.write(`train/a/${a}`, first);
    tree.write(`test/b/${b}`, second);
    const { said } = await load(tree, "tell");
    assertEquals(said.length, 2, `${a} and ${b}`);
    assertStringIncludes(said[1], `train/a/${a} (a) = test/b/${b} (b)`);
  }
  // The same picture turned by what is said of it is another image.
  await using tree = await photos();
  tree.write("train/a/a.jpg", await jpeg(99));
  tree.write("test/b/b.jpg", await picture(99).withMetadata({ orientation: 3 }).jpeg().toBuffer());
  assertEquals((await load(tree, "tell")).said, []);
});

function ppm(data: Uint8Array): Uint8Array {
  return Uint8Array.from([...new TextEncoder().encode("P6 24 20 255\n"), ...data]);
}

Deno.test("one file in both lists is told once, as a file", async () => {
  await using tree = await photos();
  const lines = "train/a/0.jpg 0\ntrain/b/0.jpg 1\n";
  tree.add(lines, "train.txt", "test.txt");
  const said: string[] = [];
  await loadDataset("list", tree.path, { duplicates: "tell", onProgress: (line) => void said.push(line) });
  assertEquals(said.slice(1), ["2 of the test images are training images too: recalls will be too high"]);
  await assertRejects(
    () => loadDataset("list", tree.path, { duplicates: "refuse" }),
    RangeError,
    "2 images are in",
  );
});

Deno.test("images in memory are compared too", async () => {
  const [train, test] = [patternSet(40, 8, 6, 3), patternSet(10, 8, 6, 3)];
  train.images.forEach((_, i) => train.images[i] = hash32(1, i));
  test.images.forEach((_, i) => test.images[i] = hash32(2, i));
  const size = 8 * 6 * 3;
  const copy = (from: typeof train, i: number, to: typeof train, j: number) =>
    to.images.set(from.images.subarray(i * size, (i + 1) * size), j * size);
  copy(train, 7, test, 4);
  copy(train, 3, train, 15);
  const said: string[] = [];
  const dataset = { name: "", origin: "", train, test, classNames: [..."abcdefghij"], mean: [], std: [] };
  const onProgress = (line: string) => void said.push(line);
  const left = await checkDuplicates(dataset, { duplicates: "drop", onProgress });
  assertEquals(said, [
    "1 image is in training and in test images, so that recalls come out too high: training image 7 (h) = test image 4 (e)",
    "2 images are in several classes: training image 3 (d) = training image 15 (f); training image 7 (h) = test image 4 (e)",
    "Left out 3 training and 1 test images of these",
  ]);
  assertEquals([left.train.count, left.test.count], [37, 9]);
  assert(await checkDuplicates(dataset, {}) === dataset);
});

Deno.test("images of one checksum are copies only where their pixels are the same", () => {
  const set = newImageSet(3, 1, 8, 1, ["0"]);
  const view = new DataView(set.images.buffer);
  for (const [i, first] of [1, 2, 1].entries()) {
    view.setUint32(8 * i, first);
    view.setUint32(8 * i + 4, crc32(set.images.subarray(8 * i, 8 * i + 4)), true);
  }
  assertEquals(new Set([0, 1].map((i) => crc32(set.images.subarray(8 * i, 8 * i + 8)))).size, 1);
  assertEquals(samePixels([set]), [[{ set: 0, index: 0 }, { set: 0, index: 2 }]]);
});

Deno.test("comparing ends with the signal's reason when it is aborted", async () => {
  await using tree = await photos();
  const control = new AbortController();
  const reason = new Error("stopped");
  const dataset = await loadDataset("folder", tree.path);
  const { signal } = control;
  const comparing = checkDuplicates(dataset, { duplicates: "tell", signal });
  control.abort(reason);
  assertEquals(await assertRejects(() => comparing, Error), reason);
  const again = () => loadDataset("folder", tree.path, { duplicates: "tell", signal });
  assertEquals(await assertRejects(again, Error), reason);
});

Deno.test("images in a pack are compared, and named by their numbers", async () => {
  await using tree = await photos();
  const parts = [await jpeg(1), await png(2), await jpeg(3), await png(2, 1)];
  tree.write("images.pack", Uint8Array.from(parts.flatMap((bytes) => [...bytes])));
  const ends = parts.map((_, i) => parts.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
  const { train, test, ...rest } = await loadDataset("folder", tree.path);
  const packed = (set: typeof train, numbers: number[]) =>
    new EncodedImages({
      ...set,
      labels: new Uint32Array(numbers.length),
      files: numbers.map(() => `${tree.path}/images.pack`),
      ranges: Float64Array.from(numbers.flatMap((i) => [ends[i] - parts[i].length, parts[i].length])),
    });
  const said: string[] = [];
  const dataset = { ...rest, train: packed(train, [0, 1]), test: packed(test, [2, 3]) };
  await checkDuplicates(dataset, { duplicates: "tell", onProgress: (line) => void said.push(line) });
  assertEquals(said, [
    "1 image is in training and in test images, so that recalls come out too high: training image 1 (a) = test image 1 (a)",
  ]);
});
