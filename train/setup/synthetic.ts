import { type Dataset, newImageSet } from "../../data/mod.ts";
import type { SetupConfig } from "./set_up.ts";

/** Number of classes; height and width where the source fixes them. */
const KNOWN = {
  cifar10: { classes: 10, side: 32, channels: 3 },
  cifar100: { classes: 100, side: 32, channels: 3 },
  "fashion-mnist": { classes: 10, side: 28, channels: 1 },
  idx: { classes: 10, side: 28, channels: 1 },
  list: { classes: 1000, side: null, channels: 3 },
  folder: { classes: 1000, side: null, channels: 3 },
  parquet: { classes: 1000, side: null, channels: 3 },
} as const;

/**
 * Makes up images as large as the config's, to measure a network before there is data. The test images, one of each class,
 * have a single pixel.
 *
 * @param count Number of training images. @param classes Number of classes; null: the usual number for the source.
 */
export function syntheticDataset({ data }: SetupConfig, count: number, classes: number | null): Dataset {
  const known = KNOWN[data.source];
  const names = Array.from({ length: classes ?? known.classes }, (_, label) => `class ${label}`);
  const side = known.side ?? data.size;
  const train = newImageSet(count, side, side, known.channels, names);
  for (let i = 0; i < train.images.length; i++) train.images[i] = (i * 31) % 251;
  for (let i = 0; i < count; i++) train.labels[i] = i % names.length;
  const test = newImageSet(names.length, 1, 1, known.channels, names);
  names.forEach((_, label) => test.labels[label] = label);
  const level = (value: number) => Array.from({ length: known.channels }, () => value);
  return {
    name: "Synthetic images",
    origin: "a formula",
    train,
    test,
    classNames: names,
    numbered: true,
    mean: level(0.5),
    std: level(0.25),
  };
}
