// Times how long it takes to read and check the 115,846 images in 1,000 classes of ImageNet-LT, as lists and as a folder.
// Nothing is decoded; the files are hard links to a few files in a temporary folder.
//
//   deno task bench --allow-read --allow-write bench/data/sources_bench.ts

import { loadDataset, longTailCounts } from "../../data/mod.ts";

const IMAGES = 115_846;
const LINKS = 40_000; // to one file; file systems limit them
const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const counts = longTailCounts(1280, 1000, 256, "pareto");
for (let over = counts.reduce((a, b) => a + b) - IMAGES, label = 1; over > 0; label = label % 999 + 1) {
  if (counts[label] > 5) over -= counts[label]-- && 1;
}
const lines: string[] = [];
for (const [label, count] of counts.entries()) {
  const parent = `train/n${String(label).padStart(8, "0")}`;
  Deno.mkdirSync(`${folder}/${parent}`, { recursive: true });
  for (let i = 0; i < count; i++) {
    const path = `${parent}/${i}.JPEG`;
    const original = `${folder}/${Math.floor(lines.length / LINKS)}`;
    if (lines.length % LINKS === 0) Deno.writeTextFileSync(original, "an image");
    Deno.linkSync(original, `${folder}/${path}`);
    lines.push(`${path} ${label}\n`);
  }
}
const list = (name: string, lines: string[]): string => {
  Deno.writeTextFileSync(`${folder}/${name}`, lines.join(""));
  return `${folder}/${name}`;
};
const train = list("train.txt", lines);
const missing = list("missing.txt", lines.map((line) => line.replace(".JPEG", ".jpg")));

Deno.bench(`a list of ${lines.length} images`, { n: 3, warmup: 1 }, async () => {
  await loadDataset("list", folder, { train });
});

Deno.bench("the same list, all images missing", { n: 3, warmup: 1 }, async () => {
  await loadDataset("list", folder, { train: missing }).then(() => Deno.exit(1), () => {});
});

Deno.bench("the same images as a folder", { n: 3, warmup: 1 }, async () => {
  await loadDataset("folder", `${folder}/train`);
});
