import type { ImageSet } from "./image_set.ts";

/** A source of images that {@linkcode loadDataset} knows. */
export type Source = "cifar10" | "cifar100" | "fashion-mnist" | "idx" | "list" | "folder" | "parquet";

/** Training and test images with what their names and numbers mean. */
export interface Dataset<S extends ImageSet = ImageSet> {
  /** As its authors write it, for people. */
  name: string;
  /** Where it was read: a folder, an archive or a package. */
  origin: string;
  /** The real folder that all images are below, where each is a file of its own: the cut can be kept as list files. */
  root?: string;
  /** Images to learn from, the long-tailed cut not yet made. */
  train: S;
  /** Images to judge by. */
  test: S;
  /** Images of a validation split beside training and test images, where there are some; no training uses them. */
  validation?: S;
  /** [classes], in the order of the labels. */
  classNames: string[];
  /** Whether the source has no names, so that those of the classes are their labels. */
  numbered?: boolean;
  /** Of each channel of pixel / 255 over the training set, as the field's code writes it. */
  mean: number[];
  /** Standard deviation, like `mean`. */
  std: number[];
}

/** How to load a dataset. */
export interface LoadOptions {
  /** Folder for what is fetched and converted; without it nothing is kept. */
  cache?: string;
  /** Whether files must have the published checksums and sizes; `false` takes files written anew. Default `true`. */
  verify?: boolean;
  /**
   * The list file of the training images (`list`; null looks for both in the folder), or the folder of their classes
   * (`folder`; null looks for it).
   */
  train?: string | null;
  /** The same of the test images; null splits the training images, or looks for them where `train` is null too. */
  test?: string | null;
  /** The same of validation images, which are kept apart. */
  validation?: string | null;
  /** Of `list`: a file with the names of the classes, one a line; null numbers them. */
  names?: string | null;
  /** Of `list`: taken off the front of each path. */
  strip?: string | null;
  /** Of `list`: put before each path then. */
  add?: string | null;
  /** Heading of a table's column of paths (`list`); null: it is found. */
  pathColumn?: string | null;
  /** The same of the labels. */
  labelColumn?: string | null;
  /** Symbolic links that lead out of the folder (`list`, `folder`) are refused or followed. Default `refuse`. */
  links?: "refuse" | "follow";
  /** Classes without training images (`list`, `folder`) are refused or left out. Default `refuse`. */
  emptyClasses?: "refuse" | "drop";
  /** The same image in training and test images, or in two classes, is told, left out, refused or not looked for. Default `ignore`. */
  duplicates?: "ignore" | "tell" | "drop" | "refuse";
  /** Of images in files without test images: the share of each class that is set aside for testing. Default 0.2. */
  testShare?: number;
  /** Seed of that. Default 0. */
  seed?: number;
  /** Of images in files: shorter side, in pixels, that they are brought to; null leaves them. Default 256. */
  resize?: number | null;
  /** Of the same: height and width as delivered. Default 224. */
  size?: number;
  /** Of the same: how many of a pass may be broken. Default 0. */
  maxBroken?: number;
  /** Of the same: most pixels of one, by its header. Default 100 million. */
  maxPixels?: number;
  /** Of the same: GiB of them that are kept in the cache as decoded, for later epochs and runs. Default 0. */
  imageCache?: number;
  /** Mean of each channel of pixel / 255, in place of the source's; null: the source's. */
  mean?: readonly number[] | null;
  /** The same of the standard deviation. */
  std?: readonly number[] | null;
  /** Once it is aborted, images that are compared are no more, and loading ends with its reason. */
  signal?: AbortSignal;
  /** Hears what is being done. */
  onProgress?: (message: string) => void;
}
