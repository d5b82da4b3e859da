// Makes a folder as people have of their own photos: 600 photos in 8 classes of 240 to 7, JPEGs and PNGs of mixed sizes, out of
// CIFAR-100's images. The recipe of configs/folder.yaml was chosen and measured on such folders.
//
//   deno run -A bench/train/own_photos.ts --cifar .cache/cifar-100-python --to /tmp/photos --seed 11
//   deno task finetune --config configs/folder.yaml --data /tmp/photos
import { join } from "node:path";
import sharp from "sharp";
import { hash32, loadDataset, longTailCounts, type MemoryImages } from "../../data/mod.ts";
import { HELP, readOptions } from "../command_line.ts";

const CLASSES = 8;
const [LARGEST, SMALLEST] = [240, 7];

const command = {
  name: "own_photos.ts",
  call: "deno run -A bench/train/own_photos.ts",
  about: "Make a folder of 600 photos in 8 classes of 240 to 7, out of CIFAR-100's images",
  flags: {
    cifar: { value: "DIR", about: "folder of CIFAR-100 (default: .cache/cifar-100-python)" },
    to: { value: "DIR", about: "the new folder (default: .cache/own-photos)" },
    seed: { value: "N", about: "seed of the classes and of their photos (default: 0)" },
    test: {
      value: "N",
      about:
        "test images of each class, out of CIFAR-100's test images, with four fifths of the 600 for training " +
        "(default: none, and the program sets a fifth aside)",
    },
    ...HELP,
  },
  example: "--seed 11 --to /tmp/photos",
};
const { cifar, to, seed, test } = readOptions(command, (given) => ({
  cifar: given.text("cifar") ?? ".cache/cifar-100-python",
  to: given.text("to") ?? ".cache/own-photos",
  seed: given.whole("seed", 0) ?? 0,
  test: given.whole("test", 1) ?? 0,
}));

/** The numbers from 0 to below `count`, in an order drawn by a key. */
const drawn = (count: number, key: number) =>
  Array.from({ length: count }, (_, i) => i).toSorted((a, b) => hash32(seed, key, a) - hash32(seed, key, b));

/** Writes a picture with its edges cut by up to 6 pixels, enlarged to a width of 64 to 191 pixels, three JPEGs to a PNG. */
async function write(set: MemoryImages, index: number, folder: string): Promise<void> {
  const draw = (key: number, below: number) => hash32(seed, 1000 + key, index) % below;
  const size = 32 * 32 * 3;
  const pixels = set.images.slice(index * size, (index + 1) * size);
  const [width, height] = [32 - draw(0, 7), 32 - draw(1, 7)];
  const [left, top] = [draw(2, 33 - width), draw(3, 33 - height)];
  const side = 64 + draw(4, 128);
  const png = draw(5, 4) === 0;
  const picture = sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
    .extract({ left, top, width, height }).resize(side, Math.round(side * height / width), {
      kernel: "cubic",
    });
  const bytes = await (png ? picture.png() : picture.jpeg({ quality: 90 })).toBuffer();
  await Deno.writeFile(join(folder, `${index}.${png ? "png" : "jpg"}`), bytes);
}

const { train, test: others, classNames } = await loadDataset("cifar100", cifar);
const counts = longTailCounts(LARGEST, CLASSES, LARGEST / SMALLEST);
for (const [place, label] of drawn(classNames.length, 1).slice(0, CLASSES).entries()) {
  const draw = (set: MemoryImages, count: number) => {
    const own = [...set.labels.keys()].filter((i) => set.labels[i] === label);
    return drawn(own.length, 2).slice(0, count).map((i) => own[i]);
  };
  const folderOf = (split: string) => join(to, split, classNames[label]);
  const own = test > 0 ? Math.round(0.8 * counts[place]) : counts[place];
  const splits = [{ set: train, count: own, folder: folderOf(test > 0 ? "train" : "") }];
  if (test > 0) splits.push({ set: others, count: test, folder: folderOf("test") });
  for (const { set, count, folder } of splits) {
    await Deno.mkdir(folder, { recursive: true });
    for (const index of draw(set, count)) await write(set, index, folder);
  }
  console.log(`${classNames[label]}: ${own}`);
}
