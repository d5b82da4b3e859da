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
  /**
   * Images of a validation split, where there is one beside training and test images, of the same classes and channels; no
   * training uses them.
   */
  validation?: S | undefined;
  /** [classes], in the order of the labels; all sets have the same names. */
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
  cache?: string | undefined;
  /** True to check files by the published checksums and sizes; `false` takes files written anew. Default `true`. */
  verify?: boolean | undefined;
  /**
   * Source `list`: the list file of the training images; null looks for both lists in the folder. Source `folder`: the
   * folder of the training images' classes; null finds it by its name.
   */
  train?: string | null | undefined;
  /**
   * Sources `list` and `folder`: the same for the test images; null splits the training images, or looks for the test
   * images where `train` is null too.
   */
  test?: string | null | undefined;
  /** Sources `list` and `folder`: the same for validation images, which are kept apart. */
  validation?: string | null | undefined;
  /** Source `list`: a file with a class name in each line; null numbers the classes. */
  names?: string | null | undefined;
  /** Source `list`: a prefix to remove from each path. */
  strip?: string | null | undefined;
  /** Source `list`: a prefix to put before each path after that. */
  add?: string | null | undefined;
  /** Source `list`, tables: the heading of the column of paths; null finds the column by its name. */
  pathColumn?: string | null | undefined;
  /** Source `list`, tables: the heading of the column of labels; null finds the column by its name. */
  labelColumn?: string | null | undefined;
  /** Sources `list` and `folder`: symbolic links out of the folder are refused or followed. Default `refuse`. */
  links?: "refuse" | "follow" | undefined;
  /** Sources `list` and `folder`: classes without training images are refused or left out. Default `refuse`. */
  emptyClasses?: "refuse" | "drop" | undefined;
  /**
   * Images that are in training and test images, or in two classes: they are ignored, told to `onProgress`, left out or
   * refused. Default `ignore`.
   */
  duplicates?: "ignore" | "tell" | "drop" | "refuse" | undefined;
  /** Images in files without a test set: the share of each class that is set aside for testing. Default 0.2. */
  testShare?: number | undefined;
  /** Seed of the split by `testShare`. Default 0. */
  seed?: number | undefined;
  /** Images in files: length in pixels that the shorter side is resized to; null keeps it. Default 256. */
  resize?: number | null | undefined;
  /** Images in files: height and width in pixels of the images that a Loader delivers. Default 224. */
  size?: number | undefined;
  /** Images in files: most broken images of a pass. Default 0. */
  maxBroken?: number | undefined;
  /** Images in files: most pixels of an image, by its header. Default 100 million. */
  maxPixels?: number | undefined;
  /** Images in files: file of libturbojpeg, which decodes plain JPEGs to the same pixels; null: sharp does. Default null. */
  jpegLibrary?: string | null | undefined;
  /** Images in files: GiB of decoded images that are kept in the cache for later epochs and runs. Default 0. */
  imageCache?: number | undefined;
  /** [channels], mean of pixel / 255, in place of the source's; null: the source's. */
  mean?: readonly number[] | null | undefined;
  /** [channels], standard deviation of pixel / 255, in place of the source's; null: the source's. */
  std?: readonly number[] | null | undefined;
  /** When aborted, the search for duplicates stops and loading throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with a message about each step. */
  onProgress?: ((message: string) => void) | undefined;
}
