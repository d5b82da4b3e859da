import type { ImageSet } from "./image_set.ts";

/** A source of images that {@linkcode loadDataset} knows. */
export type Source = "cifar10" | "cifar100" | "fashion-mnist" | "idx" | "list" | "folder" | "parquet";

/** Training and test images, and the meaning of their labels and numbers. */
export interface Dataset<S extends ImageSet = ImageSet> {
  /** Name of the dataset as its authors write it. */
  name: string;
  /** The folder, archive or package that it was read from. */
  origin: string;
  /** The real folder that holds all images, where each image is a file: list files can then name a subset. */
  root?: string;
  /** Training images, not yet cut to a long tail. */
  train: S;
  /** Test images. */
  test: S;
  /** [classes], in the order of the labels; both sets have the same names. */
  classNames: string[];
  /** True if the source has no class names, so that `classNames` are the labels as text. */
  numbered?: boolean;
  /** [channels], mean of pixel / 255 over the training set, as published code has it. */
  mean: number[];
  /** [channels], standard deviation of pixel / 255. */
  std: number[];
}

/** Options of {@linkcode loadDataset}. */
export interface LoadOptions {
  /** Folder that keeps fetched and converted files; without it nothing is kept. */
  cache?: string;
  /** True to check files by the published checksums and sizes; `false` takes files written anew. Default `true`. */
  verify?: boolean;
  /** Source `list`: the list file of the training images; null looks for both lists in the folder. */
  train?: string | null;
  /** Source `list`: the list file of the test images; null splits the training list. */
  test?: string | null;
  /** Source `list`: a file with a class name in each line; null numbers the classes. */
  names?: string | null;
  /** Source `list`: a prefix to remove from each path. */
  strip?: string | null;
  /** Source `list`: a prefix to put before each path after that. */
  add?: string | null;
  /** Images in files without a test set: the share of each class that is set aside for testing. Default 0.2. */
  testShare?: number;
  /** Seed of the split by `testShare`. Default 0. */
  seed?: number;
  /** Images in files: length in pixels that the shorter side is resized to; null keeps it. Default 256. */
  resize?: number | null;
  /** Images in files: height and width in pixels of the images that a Loader delivers. Default 224. */
  size?: number;
  /** Images in files: most broken images of a pass. Default 0. */
  maxBroken?: number;
  /** Images in files: most pixels of an image, by its header. Default 100 million. */
  maxPixels?: number;
  /** Images in files: GiB of decoded images that are kept in the cache for later epochs and runs. Default 0. */
  imageCache?: number;
  /** Called with a message about each step. */
  onProgress?: (message: string) => void;
}
